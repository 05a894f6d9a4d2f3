"""Small networks of the families that people have, as torch.nn modules."""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812


def normed(n_i, n_o, kernel=3, stride=1, groups=1, activation=nn.ReLU6):
    convolution = nn.Conv2d(n_i, n_o, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_o), activation())


class InvertedResidual(nn.Module):
    def __init__(self, n_i, n_o, stride=1, expansion=6):
        super().__init__()
        inner = n_i * expansion
        self.block = nn.Sequential(
            normed(n_i, inner, 1),
            normed(inner, inner, 3, stride, groups=inner),
            nn.Conv2d(inner, n_o, 1, bias=False),
            nn.BatchNorm2d(n_o),
        )
        self.residual = n_i == n_o and stride == 1

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


class MobileNet(nn.Module):
    """MobileNetV2's blocks, squeeze-and-excite by a 1x1 convolution between them."""

    size = (3, 64, 64)

    def __init__(self):
        super().__init__()
        self.stem = normed(3, 8, 3, 2)
        self.blocks = nn.Sequential(
            InvertedResidual(8, 16, 2), InvertedResidual(16, 16), InvertedResidual(16, 24, 2)
        )
        self.squeeze = nn.Conv2d(24, 6, 1)
        self.excite = nn.Conv2d(6, 24, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(24, 10))

    def forward(self, x):
        x = self.blocks(self.stem(x))
        gate = F.adaptive_avg_pool2d(x, 1)
        x = x * torch.sigmoid(self.excite(F.relu(self.squeeze(gate))))
        return self.classifier(x.mean([2, 3]))


class UNet(nn.Module):
    """Two levels: one goes up by a transposed convolution, one by a bilinear resize; both concatenate."""

    size = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.bottom = nn.Conv2d(16, 16, 3, padding=2, dilation=2)
        self.up2 = nn.ConvTranspose2d(16, 16, 2, stride=2)
        self.merge2 = nn.Conv2d(32, 8, 3, padding=1)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear")
        self.merge1 = nn.Conv2d(16, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        c = self.bottom(F.max_pool2d(b, 2))
        d = F.relu(self.merge2(torch.cat([self.up2(c), b], 1)))
        e = F.relu(self.merge1(torch.cat([self.up1(d), a], 1)))
        return self.head(e)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x):
        batch, steps, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, steps, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v)
        x = x + self.proj(mixed.transpose(1, 2).reshape(batch, steps, width))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    size = (3, 32, 32)

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 8, 8)
        self.token = nn.Parameter(torch.zeros(1, 1, 24))
        self.position = nn.Parameter(torch.zeros(1, 17, 24))
        self.blocks = nn.ModuleList([Block(24, 3), Block(24, 3)])
        self.norm, self.head = nn.LayerNorm(24), nn.Linear(24, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).select(1, 0))


NETWORKS = [MobileNet, UNet, ViT]


def exported(module, inputs, dynamic=True):
    """An exported program; `dynamic` leaves the batch open."""
    shapes = tuple({0: torch.export.Dim.AUTO} for _ in inputs) if dynamic else None
    return torch.export.export(module.eval(), tuple(inputs), dynamic_shapes=shapes)


def saved(folder, module, inputs, dynamic=True):
    """A .pt2 archive of a module, and its path."""
    path = folder / "net.pt2"
    torch.export.save(exported(module, inputs, dynamic), path)
    return path

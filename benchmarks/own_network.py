"""What a look at somebody's ResNet-18 costs beside an epoch of its training.

The network is that of CIFAR-10 images (He et al. 2016 with a first convolution of 3 × 3), of 11.2
million parameters. A look measures M, its null, its control and what is learned, by the strongest
of three decoders, of the 14 layers watched by default, on 2,000 training and 2,000 test images. The
epoch is of 50,000 images in batches of 128, of which ``STEPS`` steps are timed and scaled up.
Images and labels are drawn at
random. Running the 4,000 images forward once is 2.7 % of the epoch by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.measuring import Row, seconds
from infoplane.user_models.plane import InformationPlane

EPOCH, BATCH, STEPS, PROBE, CLASSES = 50_000, 128, 2, 2_000, 10


class Block(nn.Module):
    """Two convolutions and what goes around them."""

    def __init__(self, inside: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Sequential()
        if inside != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inside, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both ways."""
        inner = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(inner + self.shortcut(x))


def resnet18() -> nn.Sequential:
    """Return a ResNet-18 of images of 32 × 32."""
    blocks, inside = [], 64
    for channels in (64, 128, 256, 512):
        stride = 1 if channels == inside else 2
        blocks += [Block(inside, channels, stride), Block(channels, channels, 1)]
        inside = channels
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()),
        nn.Sequential(*blocks),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, CLASSES),
    )


def rows() -> Iterator[Row]:
    """Time a look, and steps of training."""
    generator = torch.Generator().manual_seed(0)
    model = resnet18()
    images = torch.randn(2 * PROBE, 3, 32, 32, generator=generator)
    labels = torch.arange(2 * PROBE) % CLASSES
    noise = torch.randint(CLASSES, (PROBE,), generator=generator)
    wrong = torch.rand(PROBE, generator=generator) < 0.4
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    plane = InformationPlane(
        model,
        images[:PROBE],
        labels[:PROBE],
        seen_labels=torch.where(wrong, noise, labels[:PROBE]),
        test=(images[PROBE:], labels[PROBE:]),
    )
    looks = iter(range(100))

    def steps() -> None:
        model.train()
        for i in range(STEPS):
            batch = slice(i * BATCH, (i + 1) * BATCH)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()

    epoch = seconds(steps, repeats=3) / STEPS * EPOCH / BATCH
    look = seconds(lambda: plane.observe(next(looks)), repeats=1)
    work = f"a look at a ResNet-18, {len(plane.layers)} layers, M and learned, share of an epoch"
    yield Row("look", work, 100 * look / epoch, "(an epoch)", 100.0, unit="%", aim="< 5 %")

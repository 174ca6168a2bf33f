"""Images per second of `nasvec train` beside PyTorch: the same network of a nasbench201 cell, the
same images, batch, optimiser and schedule, one thread each.

    python3 tests/bench/train_torch.py [width=8] [images=10000] [epochs=2] [batch=64] [nasvec=build/nasvec]

Needs Debian's python3-torch and dataset-fashion-mnist. Both train from scratch with an own seed,
so the accuracies agree up to the noise of seeds. Seconds are those of the processor, without
validation. Run it on a quiet machine.
"""
import gzip
import os
import re
import subprocess
import sys
import time

import numpy
import torch
from torch import nn

torch.set_num_threads(1)

CELL = "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|"
FOLDER = "/usr/share/datasets/fashion-mnist/"


def read(name, offset):
    with gzip.open(FOLDER + name) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)


def load(part):
    pixels = read(part + "-images-idx3-ubyte.gz", 16).reshape(-1, 1, 14, 2, 14, 2)
    return (torch.tensor(pixels.mean((3, 5)) / 255, dtype=torch.float32),
            torch.tensor(read(part + "-labels-idx1-ubyte.gz", 8).astype(numpy.int64)))


class ReluConvNorm(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(nn.ReLU(),
                         nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(outputs))


class Cell(nn.Module):
    """The cell above: node k is the sum of its edges from earlier nodes."""

    def __init__(self, channels):
        super().__init__()
        self.first = ReluConvNorm(channels, channels, 3)
        self.second = ReluConvNorm(channels, channels, 1)
        self.third = ReluConvNorm(channels, channels, 3)
        self.pool = nn.AvgPool2d(3, 1, 1, count_include_pad=False)

    def forward(self, x):
        one = self.first(x)
        two = self.second(x) + one
        return x + self.pool(one) + self.third(two)


class Reduction(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.long = nn.Sequential(ReluConvNorm(inputs, outputs, 3, 2),
                                  ReluConvNorm(outputs, outputs, 3))
        self.short = nn.Sequential(nn.AvgPool2d(2, 2),
                                   nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.long(x) + self.short(x)


def network(width):
    return nn.Sequential(nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
                         Cell(width), Reduction(width, 2 * width), Cell(2 * width),
                         nn.BatchNorm2d(2 * width), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(2 * width, 10))


def train(options):
    images, labels = load("train")
    images, labels = images[:options["images"]], labels[:options["images"]]
    mean, deviation = images.mean(), images.std()
    images = (images - mean) / deviation
    model = network(options["width"])
    steps = len(images) // options["batch"] * options["epochs"]
    optimiser = torch.optim.SGD(model.parameters(), .2, .9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, .2, steps, cycle_momentum=False, div_factor=1e9, final_div_factor=1)
    loss = nn.CrossEntropyLoss()
    start = time.thread_time()
    for _ in range(options["epochs"]):
        order = torch.randperm(len(images))
        for first in range(0, len(images) - options["batch"] + 1, options["batch"]):
            batch = order[first:first + options["batch"]]
            optimiser.zero_grad()
            loss(model(images[batch]), labels[batch]).backward()
            optimiser.step()
            schedule.step()
    seconds = time.thread_time() - start
    tests, truth = load("t10k")
    model.eval()
    with torch.no_grad():
        right = (model((tests - mean) / deviation).argmax(1) == truth).double().mean()
    count = sum(p.numel() for p in model.parameters())
    return options["images"] * options["epochs"] / seconds, float(right), count


def train_nasvec(options):
    command = [options["nasvec"], "train", "space=nasbench201", "cell=" + CELL, "rate=0.2",
               "validation=128"]
    command += [f"{key}={options[key]}" for key in ("width", "images", "epochs", "batch")]
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"}).stdout
    speed = re.findall(r"([\d.]+) images/s", text)[-1]
    test = re.search(r"test ([\d.]+) %", text).group(1)
    return float(speed), float(test) / 100, int(re.search(r"(\d+) parameters", text).group(1))


def main():
    options = {"width": 8, "images": 10000, "epochs": 2, "batch": 64, "nasvec": "build/nasvec"}
    for word in sys.argv[1:]:
        key, equals, value = word.partition("=")
        if not equals or key not in options:
            sys.exit(f"{word}: allowed are KEY=VALUE with the keys {', '.join(options)}")
        options[key] = type(options[key])(value)
    for name, run in (("nasvec", train_nasvec), ("PyTorch", train)):
        speed, test, count = run(options)
        print(f"{name:8} {speed:8.0f} images/s   test {100 * test:.2f} %   {count} parameters")


main()

"""Handwritten digits and pictures of clothes: 28x28 grey, 60,000 to train on and 10,000 to test.

MNIST: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747.

The test part of MNIST comes with the project.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from core.data.base import Dataset, DatasetInfo, TestPart
from core.data.download import Content, RemoteFile, gunzip
from core.data.errors import DataError

SHAPES = {
    "train-images-idx3-ubyte.gz": (60_000, 28, 28),
    "train-labels-idx1-ubyte.gz": (60_000,),
    "t10k-images-idx3-ubyte.gz": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte.gz": (10_000,),
}
MNIST = (  # bytes as published, SHA-256 of the unpacked bytes
    (9_912_422, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    (28_881, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    (1_648_877, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    (4_542, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
)
FASHION = (  # bytes, SHA-256 of the archive itself: both mirrors hold the authors' own archives
    (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)
MNIST_FINGERPRINT = "d2040f6d4856a57ef20b6f6602ade10df276b4cb9badd56e2761b65be6f333f9"  # of both parts
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def parse_idx(data: bytes, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The uint8 array in IDX bytes. Raises `DataError`, naming the file, unless it has exactly this shape.

    Layout: 0, 0, type (8 = uint8), number of dimensions; each dimension as a big-endian uint32; the values.
    """
    start = 4 + 4 * len(shape)
    if len(data) < start or data[:4] != bytes((0, 0, 8, len(shape))):
        raise DataError(f"{name}: not IDX data of uint8 in {len(shape)} dimensions (starts with {data[:4].hex(' ')})")
    found = tuple(np.frombuffer(data, ">u4", len(shape), offset=4).tolist())
    if found != shape:
        raise DataError(f"{name}: holds an array of shape {found}, not {shape}")
    values = np.frombuffer(data, np.uint8, offset=start)
    if values.size != np.prod(shape):
        raise DataError(f"{name}: {values.size} values where the shape {shape} asks for {np.prod(shape)}")
    return values.reshape(shape).copy()  # a view of `bytes` could not be written to, and torch warns of that


def _files(
    folder: str,
    mirrors: tuple[str, ...],
    sums: tuple[tuple[int, str], ...],
    unpack: Callable[[bytes], Content],
) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(f"{folder}/{name}", tuple(mirror + name for mirror in mirrors), size, digest, unpack)
        for name, (size, digest) in zip(SHAPES, sums, strict=True)
    )


def _load(name: str, title: str, files: tuple[RemoteFile, ...], class_names: tuple[str, ...]) -> Dataset:
    return _dataset(name, title, _arrays(files), class_names)


def _load_test(name: str, title: str, files: tuple[RemoteFile, ...], class_names: tuple[str, ...]) -> Dataset:
    """The test part alone; no training examples."""
    none = [np.empty((0, *shape[1:]), np.uint8) for shape in list(SHAPES.values())[:2]]
    return _dataset(name, title, [*none, *_arrays(files[2:], 2)], class_names)


def _arrays(files: tuple[RemoteFile, ...], first: int = 0) -> list[np.ndarray]:
    shapes = list(SHAPES.values())[first:]
    return [parse_idx(gunzip(file.read()), shape, str(file.path)) for file, shape in zip(files, shapes, strict=True)]


def _dataset(name: str, title: str, arrays: list[np.ndarray], class_names: tuple[str, ...]) -> Dataset:
    train, train_labels, test, test_labels = arrays
    return Dataset(
        name,
        title,
        "levels",
        (28, 28),
        train,
        test,
        train_labels.astype(np.int64),
        test_labels.astype(np.int64),
        class_names,
        levels=256,
    )


def _info(
    name: str,
    title: str,
    files: tuple[RemoteFile, ...],
    class_names: tuple[str, ...],
    fingerprint: str = "",
    **about: str,
) -> DatasetInfo:
    load, load_test = (partial(way, name, title, files, class_names) for way in (_load, _load_test))
    test = TestPart(load_test, files[2:], fingerprint) if fingerprint else None
    return DatasetInfo(name, title, "levels", (28, 28), load=load, files=files, test=test, **about)


DATASETS = (
    _info(
        "mnist",
        "MNIST",
        _files("mnist", MNIST_MIRRORS, MNIST, gunzip),
        tuple("0123456789"),
        MNIST_FINGERPRINT,
        summary="Handwritten digits, 28×28 grey: 60,000 for training, 10,000 for testing.",
        licence="CC BY-SA 3.0",
        source="LeCun et al. (1998), Gradient-based learning applied to document recognition",
    ),
    _info(
        "fashion-mnist",
        "Fashion-MNIST",
        _files("fashion-mnist", FASHION_MIRRORS, FASHION, bytes),
        CLOTHES,
        summary="Clothes and shoes from a catalogue, 28×28 grey: 60,000 for training, 10,000 for testing.",
        licence="MIT",
        source="Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747",
    ),
)

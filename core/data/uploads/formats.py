"""Well-known kinds of files that are not read, told by their first bytes, and what to do with each."""

from __future__ import annotations

import re


def refusal(content: bytes, ending: str) -> str:
    """Why a file of a well-known other kind is not taken, or ""."""
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) and ending != ".txt":
        called = f", not a {ending[1:]} file" if ending in (".zip", ".npy", ".npz", ".csv", ".tsv") else ""
        return f"is a web page (HTML){called}. Was it saved from a login page or a page around the download?"
    for magic, what in (
        (b"%PDF", "is a PDF; images, tables and plain text can be read"),
        (b"\xfd7zXZ", "is packed with xz; unpack it first, or pack it as a zip"),
        (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it first, or pack it as a zip"),
        (b"7z\xbc\xaf", "is a 7-Zip archive; pack it as a zip"),
        (b"Rar!", "is a RAR archive; pack it as a zip"),
        (b"BZh", "is packed with bzip2; unpack it first, or pack it as a zip"),
        (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file; save it as CSV or as plain text"),
        (b"\x89HDF", "is an HDF5 file; save the array with numpy.save"),
        (b"MATLAB 5.0", "is a MATLAB file; save the array with numpy.save (scipy.io.loadmat reads it)"),
        (b"MATLAB 7.3", "is a MATLAB file; save the array with numpy.save (h5py reads it)"),
        (b"ARROW1", "is an Arrow (Feather) file; save it as CSV"),
        (b"PAR1", "is a Parquet file; save it as CSV"),
        *(
            (bytes([128, n]), "is a Python pickle, which can run programs and is never opened; use numpy.save")
            for n in range(2, 6)
        ),
        (b"SQLite format 3", "is an SQLite database; save a table of it as CSV"),
        (b"8BPS", "is a Photoshop file; save it as PNG"),
        (b"\0\0\0\x0cjP  ", "is a JPEG 2000 image; save the images as PNG or JPEG"),
        (b"\0\0\0\x0cJXL ", "is a JPEG XL image; save the images as PNG or JPEG"),
    ):
        if content.startswith(magic):
            return what
    if content[4:8] == b"ftyp" and content[8:12] in (
        b"heic",
        b"heix",
        b"heim",
        b"heis",
        b"hevc",
        b"mif1",
        b"msf1",
        b"avif",
        b"avis",
    ):
        return "is a HEIC or AVIF image; save the images as PNG or JPEG"
    if len(content) > 16 and content[8:10] == b'{"' and int.from_bytes(content[:8], "little") < len(content):
        return "is a safetensors file; save the array with numpy.save"
    if content[128:132] == b"DICM":
        return "is a DICOM image; save the images as PNG"
    if ending == ".svg" or start.startswith(b"<svg"):
        return "is an SVG drawing; save it as PNG"
    if re.match(rb"\d+ \d+\n", content) and re.search(rb"[\0-\x08\x0e-\x1f]", content[:400]):
        return "holds vectors in word2vec's binary format; save them as text (binary=False)"
    if content[257:262] == b"ustar":
        return "is a tar archive; pack it as a zip"
    return ""

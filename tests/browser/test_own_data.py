"""A visitor brings a file: what becomes of it can be seen, changed, kept and found again."""

import io
import re
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import running_server


@pytest.fixture(scope="module")
def own_server(machines, tmp_path_factory) -> Iterator[str]:
    """The app with a data folder of its own."""
    folder = tmp_path_factory.mktemp("own-data")
    settings = {"PLAYGROUND_CHECKPOINTS": machines["folder"], "PLAYGROUND_DATA": str(folder / "data")}
    with running_server(folder, **settings) as (address, _):
        yield address


@pytest.fixture
def page(tab, own_server) -> Page:
    tab.goto(f"{own_server}/data")
    expect(tab.get_by_role("heading", name="Saved data sets")).to_be_visible()
    return tab


def upload(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)


def pets() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i, values in enumerate(np.random.default_rng(0).integers(0, 256, (24, 30, 40, 3))):
            image = io.BytesIO()
            Image.fromarray(values.astype(np.uint8)).save(image, "PNG")
            archive.writestr(f"{'cats' if i % 2 else 'dogs'}/{i}.png", image.getvalue())
    return file.getvalue()


def test_images_are_brought_looked_at_kept_and_found_after_a_reload(page):
    upload(page, "pets.zip", pets())
    expect(page.get_by_text("24 images, 40×30 pixels each, in 2 classes")).to_be_visible()
    expect(page.get_by_text("24 of 24, as saved: 28×28 pixels")).to_be_visible()
    slider = page.get_by_role("slider", name="Image size (pixels per side)")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("as saved: 24×24 pixels")).to_be_visible()
    page.get_by_label("Title", exact=True).fill("Small pets")
    page.get_by_label("Title", exact=True).press("Enter")
    page.get_by_role("button", name="Save data set").click()
    expect(page.get_by_text("was saved as own-small-pets")).to_be_visible()
    expect(page.get_by_text("autoregressive models").first).to_be_visible()
    page.reload()
    row = page.locator(".st-key-own_row_own-small-pets")
    expect(row).to_contain_text(
        "24 images of 24×24 pixels in 256 grey levels, 2 classes: 20 for training, 4 for testing."
    )
    expect(row.locator("img")).to_be_visible()
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Restore").click()
    expect(row).to_be_visible()


def objects() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([1, [2]], object), allow_pickle=True)
    return file.getvalue()


NONSENSE = {
    "login.zip": (b"<!DOCTYPE html><html>Please log in", r"login.zip is a web page \(HTML\), not a zip file"),
    "objects.npy": (objects(), "objects.npy holds Python objects .* numpy.stack"),
    "ragged.csv": (b"a,b\n1,2\n3\n", "ragged.csv, line 3: 1 cell where the first line has 2"),
    "half.zip": (pets()[:5000], "half.zip is a damaged or truncated zip file"),
}


def test_nonsense_is_said_and_the_next_file_works(page):
    for name, (content, words) in NONSENSE.items():
        upload(page, name, content)
        expect(page.locator("[data-testid=stAlert]").filter(has_text=re.compile(words))).to_be_visible()
        expect(page.get_by_text("Nothing was saved or changed.")).to_be_visible()
        expect(page.get_by_role("button", name="Save data set")).to_have_count(0)
    upload(page, "pets.zip", pets())
    expect(page.get_by_role("button", name="Save data set")).to_be_visible()


def test_a_folder_of_images(page, tmp_path):
    for i, values in enumerate(np.random.default_rng(0).integers(0, 256, (6, 9, 9))):
        file = tmp_path / "photos" / "ab"[i % 2] / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values.astype(np.uint8)).save(file)
        file.with_name(f"._{i}.png").write_bytes(b"what macOS keeps beside it")
    (tmp_path / "photos" / ".DS_Store").write_bytes(b"x")
    page.get_by_text("A folder of images", exact=True).click()
    expect(page.get_by_text("Images, with folders as classes")).to_be_visible()  # the other uploader has gone
    page.locator("[data-testid=stFileUploaderDropzoneInput][webkitdirectory]").set_input_files(tmp_path / "photos")
    expect(page.get_by_text("6 images, 9×9 pixels each, in 2 classes")).to_be_visible()


def test_two_readings_are_asked_beside_the_columns(page):
    upload(page, "rents.csv", "\n".join(["area;rent", *(f"{i},5;{i + 1},{i}00" for i in range(9))]).encode())
    expect(page.get_by_text("'1,000' is ambiguous")).to_be_visible()
    expect(page.get_by_text("Ambiguous: rent.")).to_be_visible()
    page.get_by_text("Thousands", exact=True).click()
    expect(page.get_by_text("Column 'rent' is read with commas as thousands separators")).to_be_visible()
    page.get_by_role("button", name="Save data set").click()
    expect(page.get_by_text("was saved as own-rents")).to_be_visible()


def test_a_guessed_header_is_said_and_turned_back(page):
    upload(page, "t.csv", b"0,1,2\n" + b"\n".join(b"%d.5,%d,%d" % (i, i * i, 7 - i) for i in range(9)))
    expect(page.get_by_text("Line 1 is read as column names.")).to_have_count(1)
    expect(page.get_by_text("a table of 9 rows and 3 columns")).to_be_visible()
    page.get_by_text("The first row has column names").click()
    expect(page.get_by_text("a table of 10 rows and 3 columns")).to_be_visible()
    expect(page.get_by_text("Line 1 is read as an example, not as column names.")).to_be_visible()

"""Home's third door: a file is brought, and PCA, UMAP and a small autoencoder of it appear, each when it is there."""

import re
import shutil
from collections.abc import Iterator

import pytest
from brought import images, table
from playwright.sync_api import Locator, Page, expect

from .conftest import SHIPPED, running_server
from .visitor import Visitor

LONG = 300_000  # ms for a run in the background, on however busy a machine


@pytest.fixture(scope="module")
def door_server(tmp_path_factory) -> Iterator[str]:
    """The app with data, checkpoints and runs of its own."""
    folder = tmp_path_factory.mktemp("door")
    found = SHIPPED["digits-rbm"]
    shutil.copytree(found.folder, folder / "checkpoints" / found.name)
    settings = {"PLAYGROUND_CHECKPOINTS": str(folder / "checkpoints"), "PLAYGROUND_DATA": str(folder / "data")}
    with running_server(folder, **settings) as (address, _):
        yield address


class Door(Visitor):
    """A visitor at the third door."""

    def open(self) -> "Door":
        self.page.goto(self.server)
        self.do("bring").click()
        expect(self.card("pca")).to_have_attribute("data-state", "empty")
        return self

    def bring(self, name: str, content: bytes) -> None:
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)

    def card(self, name: str) -> Locator:
        return self.page.locator(f'[data-map="{name}"]')

    def comes_to(self, **states: str) -> None:
        for name, state in states.items():
            expect(self.card(name)).to_have_attribute("data-state", state, timeout=LONG)

    def drawn(self, name: str) -> bool:
        """Whether points are on a map."""
        canvas = self.card(name).locator('[data-part="dots"]')
        return canvas.evaluate(
            "c => c.width > 2 && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(x => x)"
        )

    def points_are_drawn(self, *names: str) -> None:
        self.frames(4)
        assert all(self.drawn(name) for name in names)

    def hover(self, name: str) -> Locator:
        """Move over a map until the tip tells of a point."""
        plane, tip = self.card(name).locator('[data-part="over"]'), self.page.locator('.own [data-part="tip"]')
        plane.scroll_into_view_if_needed()
        box = plane.bounding_box()
        for step in range(400):
            x, y = 0.05 + 0.9 * (step % 20) / 20, 0.05 + 0.9 * (step // 20) / 20
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            self.frames(1)
            marked = plane.evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(x => x)")
            if marked:
                break
        expect(tip).to_be_visible()
        return tip


@pytest.fixture
def door(tab: Page, door_server: str) -> Door:
    return Door(tab, door_server, {}).open()


def test_images_are_seen_at_once_and_an_autoencoder_of_them_is_trained(door):
    door.bring("stripes.npz", images())
    expect(door.page.locator(".own h3")).to_have_text("stripes")
    door.comes_to(pca="ready", umap="ready", autoencoder="ready")
    door.points_are_drawn("pca", "umap", "autoencoder")
    expect(door.part("legend")).to_have_text("abovebelow")
    expect(door.card("pca").locator('[data-part="note"]')).to_contain_text("% of the variance")
    expect(door.card("autoencoder").locator('[data-part="note"]')).to_contain_text("squared error per image")
    assert door.digest("strip")
    tip = door.hover("pca")
    expect(tip.locator("canvas")).to_be_visible()
    expect(tip).to_contain_text("example")
    door.link_holds(data="own-stripes")
    door.reload()
    door.comes_to(pca="ready", umap="ready", autoencoder="ready")
    door.points_are_drawn("pca", "umap", "autoencoder")
    codes = door.page.locator('[data-next="codes"]').get_attribute("href")
    assert codes.startswith("./codes?checkpoint=own-stripes-autoencoder-")
    door.page.goto(f"{door.server}/train?runs={codes.partition('=')[2]}")
    expect(door.page.get_by_text("stripes · Autoencoder").first).to_be_visible()
    door.page.goto(f"{door.server}/data")
    expect(door.page.locator(".st-key-own_row_own-stripes")).to_contain_text("60 images of 9×9 pixels")


def test_a_table_is_seen_and_its_rows_are_told_in_words(door):
    door.bring("people.csv", table())
    door.comes_to(pca="ready", umap="ready", autoencoder="ready")
    door.points_are_drawn("pca", "umap", "autoencoder")
    expect(door.part("back-note")).to_contain_text("A cell is a column")
    expect(door.hover("umap")).to_contain_text(re.compile("(size|weight|age): "))
    door.page.locator('[data-next="compare"]').click()
    door.page.wait_for_url("**/compare?dataset=own-people")


def test_nonsense_is_said_and_a_text_is_offered_what_fits(door):
    door.bring("login.zip", b"<!DOCTYPE html><html>Please log in")
    expect(door.page.get_by_text("login.zip is a web page (HTML), not a zip file")).to_be_visible()
    expect(door.card("pca")).to_have_attribute("data-state", "empty")
    door.bring("drawing.png", b"\x89PNG\r\n\x1a\n" + bytes(60))
    expect(door.page.get_by_text("drawing.png cannot be read as an image")).to_be_visible()
    expect(door.card("pca")).to_have_attribute("data-state", "empty")
    door.bring("book.txt", b"Some sentences are longer than others are, and some are short. " * 60)
    door.comes_to(pca="ready", autoencoder="none")
    expect(door.card("autoencoder")).to_contain_text("of the kind text")
    expect(door.card("autoencoder").get_by_role("link")).to_have_attribute("href", "./train?data=own-book")


def test_an_empty_file_is_said_and_of_two_files_the_later_one_stays(door):
    door.bring("nothing.csv", b"")
    expect(door.page.get_by_text("nothing.csv is empty")).to_be_visible()
    expect(door.card("pca")).to_have_attribute("data-state", "empty")
    door.bring("first.npz", images())
    door.bring("second.csv", table())  # while the first is on its way
    expect(door.page.locator(".own h3")).to_have_text("second")
    door.comes_to(pca="ready")
    door.link_holds(data="own-second")
    door.page.reload()  # while UMAP or the autoencoder is on its way
    expect(door.page.locator(".own h3")).to_have_text("second")
    door.comes_to(pca="ready", umap="ready", autoencoder="ready")
    door.points_are_drawn("pca", "umap", "autoencoder")

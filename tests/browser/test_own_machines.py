"""Somebody's own images, of an odd size, through a deep Boltzmann machine and a convolutional RBM to their pages."""

from collections.abc import Iterator

import pytest
from brought import images
from playwright.sync_api import Locator, expect

from .conftest import running_server
from .visitor import Visitor


@pytest.fixture(scope="module")
def own_machines(tmp_path_factory) -> Iterator[str]:
    """The app with data, checkpoints and runs of its own."""
    folder = tmp_path_factory.mktemp("own-machines")
    shelf = folder / "checkpoints"
    shelf.mkdir()
    settings = {"PLAYGROUND_CHECKPOINTS": str(shelf), "PLAYGROUND_DATA": str(folder / "data")}
    with running_server(folder, **settings) as (address, _):
        yield address


class Owner(Visitor):
    """A visitor with images of their own."""

    def bring(self) -> None:
        self.page.goto(f"{self.server}/data")
        file = {"name": "bright.npz", "mimeType": "application/octet-stream", "buffer": images(48)}
        self.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
        self.page.get_by_role("button", name="Save data set").click()
        expect(self.page.get_by_text("was saved as own-bright")).to_be_visible()

    def choose_model(self, name: str) -> None:
        self.page.goto(f"{self.server}/train?data=own-bright")
        self.page.get_by_role("combobox", name="Model").click()
        self.page.get_by_role("option", name=f"bright · {name}").click()
        expect(self.page.get_by_label("hidden", exact=True)).to_have_count(0)  # the form of an RBM has gone
        self.fill("epochs", 2)
        self.page.get_by_text("Model settings", exact=True).click()

    def fill(self, label: str, value: int) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Enter")
        expect(field).to_have_value(str(value))
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    @property
    def start(self) -> Locator:
        return self.page.get_by_role("button", name="Start", exact=True)

    def train_and_open(self, link: str) -> None:
        self.start.click()
        expect(self.part("state")).to_contain_text("finished")
        self.page.get_by_role("link", name=link).first.click()

    def is_shown(self, *parts: str) -> None:
        """Wait until pictures are there, and nothing is complained of."""
        for name in parts:
            self.changes(name, 0)
        expect(self.part("error")).to_be_hidden()


def test_own_images_come_to_the_pages_of_deep_and_of_convolutional_machines(tab, own_machines):
    owner = Owner(tab, own_machines, {})
    owner.bring()
    owner.choose_model("Deep Boltzmann machine")
    owner.fill("labels", 2)
    owner.train_and_open("Watch its layers")
    owner.is_shown("image", "bounds")
    expect(tab.get_by_text("bright, deep Boltzmann machine 81–52–103")).to_be_visible()

    expect(owner.part("classes")).to_contain_text("above")

    owner.choose_model("Convolutional RBM")
    owner.fill("size", 3)
    expect(tab.get_by_text("filters of size 2, 4, 6, 8 fit pool=2")).to_be_visible()
    expect(owner.start).to_have_count(0)
    owner.fill("size", 4)
    owner.train_and_open("See its feature maps")
    owner.is_shown("sheet", "map")

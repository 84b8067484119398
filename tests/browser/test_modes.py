"""A class: two visitors and their teacher, each in a browser of their own."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import PATIENCE, running_server

TOKEN = "correct horse battery"
TABLE = "a,b,c,d\n" + "\n".join(",".join(str((7 * i + j) % 10) for j in range(4)) for i in range(40))


@pytest.fixture(scope="module")
def class_server(machines, tmp_path_factory) -> Iterator[str]:
    """The app for a class."""
    folder = tmp_path_factory.mktemp("class")
    settings = {
        "PLAYGROUND_CHECKPOINTS": machines["folder"],
        "PLAYGROUND_DATA": str(folder / "data"),
        "PLAYGROUND_MODE": "class",
        "PLAYGROUND_TOKEN": TOKEN,
    }
    with running_server(folder, **settings) as (address, _):
        yield address


@pytest.fixture(scope="module")
def public_server(machines, tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("public")
    settings = {"PLAYGROUND_CHECKPOINTS": machines["folder"], "PLAYGROUND_MODE": "public"}
    with running_server(folder, **settings) as (address, _):
        yield address


@pytest.fixture
def person(browser) -> Iterator:
    """Makes a browser with cookies of its own."""
    made: list[BrowserContext] = []

    def new() -> Page:
        made.append(browser.new_context())
        made[-1].set_default_timeout(PATIENCE)
        return made[-1].new_page()

    yield new
    for context in made:
        context.close()


def test_what_one_visitor_brings_is_seen_by_them_by_their_link_and_by_the_teacher(class_server, person):
    anna, ben, teacher = person(), person(), person()
    anna.goto(f"{class_server}/data")
    file = {"name": "secret.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    anna.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)
    anna.get_by_role("button", name="Save data set").click()
    said = anna.get_by_text(re.compile("was saved as own-secret"))
    expect(said).to_be_visible()
    (name,) = re.findall(r"own-secret-u[0-9a-f]{20}", said.inner_text())
    anna.reload()
    expect(anna.locator(f".st-key-own_row_{name}")).to_be_visible()
    ben.goto(f"{class_server}/data")
    expect(ben.get_by_text("None yet.")).to_be_visible()
    expect(ben.locator(f".st-key-own_row_{name}")).to_have_count(0)
    ben.goto(f"{class_server}/compare?dataset={name}")
    expect(ben).to_have_title(re.compile("^secret · Compare", re.IGNORECASE))

    teacher.goto(f"{class_server}/status")
    expect(teacher.get_by_role("link", name="Enter the token")).to_be_visible()
    teacher.goto(f"{class_server}/operator")
    teacher.get_by_label("Token").fill("wrong")
    teacher.get_by_role("button", name="Enter").click()
    expect(teacher.get_by_role("alert")).to_have_text("This is not the token.")
    teacher.get_by_label("Token").fill(TOKEN)
    teacher.get_by_role("button", name="Enter").click()
    expect(teacher.get_by_text("Visitors in five minutes")).to_be_visible()
    assert teacher.url == f"{class_server}/status"
    teacher.goto(f"{class_server}/data")
    row = teacher.locator(f".st-key-own_row_{name}")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    anna.reload()
    expect(anna.get_by_text("None yet.")).to_be_visible()


def test_a_public_server_says_what_it_does_not_offer(public_server, person):
    visitor = person()
    for path, said in {"data": "This server takes no uploads", "train": "This server trains no models"}.items():
        visitor.goto(f"{public_server}/{path}")
        expect(visitor.get_by_text(said).first).to_be_visible()
    expect(visitor.get_by_role("button", name="Start")).to_have_count(0)
    visitor.goto(public_server)
    door = visitor.get_by_role("heading", name="Bring your data").locator("..")
    expect(door).to_contain_text("This server takes no uploads")
    expect(door.get_by_role("button")).to_have_count(0)

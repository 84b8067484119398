"""The server stops while chains play: the page says so, and keeps what it has."""

from playwright.sync_api import expect

from .conftest import running_server
from .player import Player


def test_a_server_that_is_gone_is_said(context, machines, tmp_path):
    with running_server(tmp_path, PLAYGROUND_CHECKPOINTS=machines["folder"]) as (address, process):
        player = Player(context.new_page(), address).open(fps=30)
        player.moves()
        process.terminate()
        process.wait(60)
        expect(player.part("error")).to_contain_text("does not answer")
        player.press("Space")  # what had been fetched ahead still plays until then
        assert not player.playing
        shown = player.frame
        player.press("ArrowLeft", "ArrowLeft")
        assert player.frame < shown, "what was recorded can still be looked at"
        player.page.close()
    # a lost server shows in the console as failed requests; those are what this test is about
    expected = ("ERR_CONNECTION", "WebSocket", "Failed to fetch", "Error loading")
    context.complaints[:] = [c for c in context.complaints if not any(words in c for words in expected)]

"""The guard before all routes: which names and sites are answered, and what browsers are told."""

import contextlib

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pages.shared import guard


async def answer(request):
    return PlainTextResponse("here")


async def talk(websocket):
    await websocket.accept()
    await websocket.send_text("here")
    await websocket.close()


PATHS = ("/", "/gibbs", "/api/gif", "/ui/shared/view/html.js", "/_stcore/health", "/_stcore/metrics")


@pytest.fixture(autouse=True)
def fresh_hosts():
    guard.own_hosts.cache_clear()
    yield
    guard.own_hosts.cache_clear()


@pytest.fixture
def client():
    routes = [Route(path, answer, methods=["GET", "POST"]) for path in PATHS]
    routes.append(WebSocketRoute("/_stcore/stream", talk))
    return TestClient(Starlette(routes=routes, middleware=[Middleware(guard.Guard)]), base_url="http://127.0.0.1:8501")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "LOCALHOST:80", "[::1]:8501"])
def test_the_names_of_this_machine_are_answered(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8501", "", "[", "a b"]
)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.hostile("A foreign Host, as of a rebound name", "refused by every route")
def test_a_foreign_name_is_refused_everywhere(client, host, path):
    refused = client.get(path, headers={"Host": host})
    assert refused.status_code == 403 and "PLAYGROUND_HOSTS" in refused.json()["error"]


def test_names_that_the_operator_adds_are_answered(client, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOSTS", "play.school.org, .class.example")
    guard.own_hosts.cache_clear()
    for host, status in {
        "play.school.org": 200,
        "a.class.example:443": 200,
        "school.org": 403,
        "class.example": 403,
    }.items():
        assert client.get("/", headers={"Host": host}).status_code == status, host
    monkeypatch.setenv("PLAYGROUND_HOSTS", "*")
    guard.own_hosts.cache_clear()
    assert client.get("/", headers={"Host": "anything.example"}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.hostile("Requests that another site makes in a visitor's browser", "refused")
def test_other_sites_use_no_route(client, site, method):
    refused = client.request(method, "/api/gif", headers={"Sec-Fetch-Site": site})
    assert refused.status_code == 403 and "own pages" in refused.json()["error"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_a_foreign_origin_uses_no_route(client, origin):
    assert client.post("/api/gif", headers={"Origin": origin}).status_code == 403


def test_own_pages_and_programs_use_the_routes(client):
    own = {"Origin": "http://127.0.0.1:8501", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/gif", headers=own).status_code == client.post("/api/gif").status_code == 200


def test_a_link_from_another_site_opens_a_page(client):
    assert client.get("/gibbs", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_foreign_page_opens_no_session(client, headers):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass


def test_an_own_page_opens_a_session(client):
    with client.websocket_connect("/_stcore/stream", headers={"Host": "localhost"}) as session:
        assert session.receive_text() == "here"


def test_figures_of_the_server_are_closed(client):
    assert client.get("/_stcore/metrics").status_code == client.get("/_stcore/metrics/").status_code == 404
    assert client.get("/_stcore/health").status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/gif", "/_stcore/metrics", "/nowhere"])
def test_every_answer_tells_the_browser_what_it_may(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "object-src 'none'" in policy
    scripts = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts and "http" not in scripts


def test_the_app_stands_behind_the_guard():
    import app

    with contextlib.suppress(AttributeError):
        assert guard.Guard in [m.cls for m in app.app._user_middleware]

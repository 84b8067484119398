"""What visitors may do in each mode, that nobody sees what is another's, and the operator's token."""

import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core import data, jobs
from core.config import mode, ownership
from core.config.mode import MODES, Ability
from core.data.uploads import store
from core.jobs import process
from core.store import archive, checkpoints
from pages.registry import exhibits
from pages.shared import codec, operators, server, visitors
from pages.shared.guard import Guard
from pages.shared.routes import ROUTES
from pages.train.run_actions import ACTIONS, Row

SHIPPED = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}
DIGITS = SHIPPED["digits-rbm"]
VECTORS = codec.message(
    {"title": "Secret", "name": "own.csv", "metadata": "", "ids": ""},
    {"vectors": ("u8", np.frombuffer(b"1,2\n" * 360, np.uint8))},
)
ANNA, BEN = "a" * 32, "b" * 32
REPOSITORY = Path(__file__).parents[1]
TOKEN = "correct horse battery"
PAGES = ("home", "data", "status", *(exhibit.name for exhibit in exhibits()))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Data, runs and checkpoints of this test alone; no process is started."""
    monkeypatch.setenv("PLAYGROUND_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(process, "start_worker", lambda run: None)
    for name in ("digits-rbm", "digits-autoencoder-2"):
        shutil.copytree(SHIPPED[name].folder, tmp_path / "checkpoints" / SHIPPED[name].name)
    operators._left.clear()
    monkeypatch.setattr(operators, "_tries", type(operators._tries)())
    return tmp_path


@pytest.fixture(params=MODES)
def any_mode(request, monkeypatch):
    monkeypatch.setenv(mode.VARIABLE, request.param)
    return mode.mode()


@pytest.fixture
def in_class(monkeypatch):
    monkeypatch.setenv(mode.VARIABLE, "class")


async def a_page(request):
    return HTMLResponse("<p>here</p>")


async def taken(request):
    return HTMLResponse("taken", 204)


def client_of(cookie: str = "", operator: str = "", address: str = "127.0.0.1") -> TestClient:
    """All routes as this visitor's browser asks them."""
    more = [Route("/gibbs", a_page), Route("/_stcore/upload_file/{session}/{file}", taken, methods=["PUT"])]
    app = Starlette(routes=[*ROUTES, *more], middleware=[Middleware(Guard)])
    kept = {visitors.COOKIE: cookie, operators.COOKIE: operator}
    client = TestClient(app, base_url="http://127.0.0.1:8501", client=(address, 50_000), follow_redirects=False)
    client.cookies.update({name: value for name, value in kept.items() if value})
    return client


def visitor(cookie: str, link: str = "") -> visitors.Visitor:
    return visitors.visitor_of("127.0.0.1", {visitors.COOKIE: cookie} if cookie else {}, link)


def is_told_why(answer) -> bool:
    said = answer.json()["error"]
    return answer.status_code == 403 and re.fullmatch(r"[A-Z].+\.", said) is not None


def upload(client: TestClient) -> str:
    """The key of vectors that the client's visitor uploads."""
    answer = client.post("/api/compare/digits/upload", content=VECTORS)
    assert answer.status_code == 200, answer.text
    return codec.unpack(answer.content)[0]["representation"]["key"]


def trained(client: TestClient, name: str = "digits") -> str:
    """The run of a training that the client's visitor asks for."""
    answer = client.post(f"/api/home/{name}/autoencoder", json={})
    assert answer.status_code == 200, answer.text
    return answer.json()["run"]


def saved_set(title: str, owner: str) -> str:
    """A data set that the owner saved: 40 vectors of four values."""
    rows = "\n".join(",".join(str((7 * i + j) % 10) for j in range(4)) for i in range(40))
    draft = store.read("secret.csv", f"a,b,c,d\n{rows}\n".encode())
    settings = store.suggest_settings(draft)
    return store.save(store.prepare(draft, type(settings)(**{**vars(settings), "title": title})), owner)


# -- what a mode allows ---------------------------------------------------------------------------

# who asks for what needs which ability
NEEDS = {
    ("POST", "/api/compare/digits/upload"): Ability.UPLOAD,
    ("PUT", "/_stcore/upload_file/1/2"): Ability.UPLOAD,
    ("POST", "/api/home/digits/map?method=umap"): Ability.TRAIN,
    ("POST", "/api/home/digits/autoencoder"): Ability.TRAIN,
    ("POST", "/api/compare/digits/map?of=pixels&method=umap"): Ability.TRAIN,
    ("POST", f"/api/maps/{SHIPPED['digits-autoencoder-2'].name}/layouts/umap-code?points=100"): Ability.TRAIN,
}


@pytest.mark.parametrize(("method", "path"), NEEDS)
def test_what_a_mode_does_not_allow_is_refused_in_words(any_mode, method, path):
    content = {"content": VECTORS} if path.endswith("upload") else {"json": {}}
    answer = client_of(ANNA).request(method, path, **content)
    if NEEDS[method, path] in any_mode.abilities:
        assert answer.status_code in (200, 204), answer.text
    else:
        assert is_told_why(answer) and not jobs.list_runs()


def test_every_route_that_has_something_computed_in_the_background_is_among_these():
    both = {route.path for route in ROUTES if {"GET", "POST"} <= route.methods} - {"/api/runs/{name}", "/operator"}
    listed = {path.partition("?")[0] for method, path in NEEDS if method == "POST"}
    for path in both:
        assert any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), one) for one in listed), path


@pytest.mark.parametrize("path", [route.path for route in ROUTES if "{" in route.path and "GET" in route.methods])
def test_what_only_looks_is_answered_alike_in_every_mode(any_mode, monkeypatch, path):
    name = "digits" if re.search("compare|home|labels", path) else DIGITS.name
    address = re.sub(r"\{\w+\}", "0", path.replace("{name}", name))
    here = client_of(ANNA).get(address)
    monkeypatch.setenv(mode.VARIABLE, "private")
    assert here.status_code == client_of(ANNA).get(address).status_code != 403


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_every_mode(any_mode, monkeypatch, links, name):
    monkeypatch.setattr(visitors, "current", lambda: visitor(ANNA))
    app = page(name)
    assert not app.error


def test_pages_say_what_the_mode_does_not_offer(any_mode, monkeypatch, links):
    who = visitor(ANNA)
    monkeypatch.setattr(visitors, "current", lambda: who)
    for name, ability, what in (("train", Ability.TRAIN, "Start"), ("data", Ability.UPLOAD, "")):
        app = page(name)
        said = [info.value for info in app.info]
        assert (visitors.REASONS[ability] in said) == (ability not in any_mode.abilities)
        if what:
            assert (what in [button.label for button in app.button]) == (ability in any_mode.abilities)
    (told,) = json.loads(page("home").get("bidi_component")[0].proto.json)
    assert told["doors"]["no_uploads"] == who.reason_against(Ability.UPLOAD)


def test_a_public_server_takes_smaller_requests(monkeypatch):
    from pages.shared import cost

    for name, most in (("private", 10**12), ("public", 10**11)):
        monkeypatch.setenv(mode.VARIABLE, name)
        cost.within(most, "these")
        with pytest.raises(codec.BadRequest):
            cost.within(most + 1, "these")


def test_without_a_cookie_nothing_is_kept(in_class):
    for path in ("/api/home/digits/autoencoder", "/api/home/digits/map?method=umap"):
        answer = client_of().post(path, json={})
        assert is_told_why(answer) and "cookie" in answer.json()["error"]
    assert is_told_why(client_of("guess").post("/api/compare/digits/upload", content=VECTORS))


# -- which mode -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "more", "name"),
    [
        ("127.0.0.1", "", "private"),
        ("localhost", "", "private"),
        ("::1", "", "private"),
        ("0.0.0.0", "", "public"),
        ("::", "", "public"),
        ("10.0.0.7", "", "public"),
        ("127.0.0.1", "play.school.org", "public"),
        ("", "", "public"),
    ],
)
def test_a_server_that_others_reach_is_public_unless_it_says_otherwise(monkeypatch, capsys, host, more, name):
    monkeypatch.setenv(mode.VARIABLE, "")
    monkeypatch.setenv("PLAYGROUND_HOSTS", more)
    server.settle_mode(host)
    assert mode.mode() is MODES[name]
    assert (mode.VARIABLE in capsys.readouterr().out) == (name == "public")


def test_a_mode_that_is_set_stands(monkeypatch, capsys):
    monkeypatch.setenv(mode.VARIABLE, "class")
    server.settle_mode("0.0.0.0")
    assert mode.mode() is MODES["class"] and not capsys.readouterr().out


@pytest.mark.parametrize(("variable", "value"), [(mode.VARIABLE, "Class"), (operators.VARIABLE, "short")])
def test_a_server_does_not_start_with_a_setting_that_is_none(monkeypatch, variable, value):
    monkeypatch.setenv(mode.VARIABLE, "private")
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit, match=variable):
        server.settle_mode("127.0.0.1")


def test_a_word_that_is_no_mode_is_the_safest(monkeypatch):
    monkeypatch.setenv(mode.VARIABLE, "Private")
    assert mode.mode() is MODES["public"]


# -- what is whose --------------------------------------------------------------------------------


def test_a_page_makes_its_visitor_known(any_mode):
    client = client_of()
    first = client.get("/gibbs")
    assert ("set-cookie" in first.headers) == any_mode.separate
    if any_mode.separate:
        assert re.fullmatch(rf"{visitors.COOKIE}=[0-9a-f]{{32}}; .*HttpOnly; SameSite=Lax", first.headers["set-cookie"])
        assert "set-cookie" not in client.get("/gibbs").headers
        assert "set-cookie" not in client_of().get("/api/runs/none").headers


def test_names_are_marked_and_give_nothing_away():
    one, two = (ownership.owned_name("own-cats", owner) for owner in ("x", "y"))
    assert one != two and re.fullmatch("own-cats-u[0-9a-f]{20}", one)
    assert ownership.belongs_to(one, "x") and not ownership.belongs_to(one, "y") and not ownership.belongs_to(one, "")
    assert ownership.belongs_to(f"{one}-autoencoder-2-0123abcd", "x"), "what is made of it unmarked is the owner's"
    both = ownership.owned_name(f"{one}-autoencoder-2-0123abcd", "y")
    assert ownership.belongs_to(both, "y") and not ownership.belongs_to(both, "x")
    assert ownership.owned_name("own-cats", "") == "own-cats" and not ownership.is_owned("own-cats")
    assert ownership.without_mark(one) == "own-cats"
    assert [*ownership.alternatives("own-cats", 2)] == ["own-cats", "own-cats-2", "own-cats-3"]
    assert [name.startswith(f"{one}-") for name in [*ownership.alternatives(one, 2)][1:]] == [True, True]


def test_two_visitors_do_not_see_each_others_vectors(in_class):
    anna, ben = client_of(ANNA), client_of(BEN)
    key = upload(anna)
    about = "/api/compare/digits/about"
    assert key in anna.get(about).text and "Secret" in anna.get(about).text
    assert key not in ben.get(about).text and "Secret" not in ben.get(about).text
    assert codec.unpack(ben.get(about).content)[0]["usual"] == codec.unpack(anna.get(about).content)[0]["usual"]
    assert ben.post("/api/compare/digits/forget", content=codec.message({"key": key}, {})).status_code == 200
    assert key in anna.get(about).text, "only who brought them deletes them"
    linked = {"Referer": f"http://127.0.0.1:8501/compare?dataset=digits&reps=pixels,{key.replace('~', '%7E')}"}
    shared = codec.unpack(ben.get(about, headers=linked).content)[0]["representations"]
    assert [one["read_only"] for one in shared if one["key"] == key] == [True], "a link that names them shows them"
    refused = ben.post("/api/compare/digits/forget", content=codec.message({"key": key}, {}), headers=linked)
    assert is_told_why(refused)
    assert anna.post("/api/compare/digits/forget", content=codec.message({"key": key}, {})).status_code == 200
    assert key not in anna.get(about).text


def test_two_visitors_train_the_same_and_neither_sees_the_others_run(in_class, monkeypatch, links):
    anna, ben = client_of(ANNA), client_of(BEN)
    one, two = trained(anna), trained(ben)
    assert one != two and len(jobs.list_runs()) == 2 and trained(anna) == one
    assert ownership.without_mark(one) == ownership.without_mark(two), "only the mark tells them apart"
    for cookie, own, other in ((ANNA, one, two), (BEN, two, one)):
        monkeypatch.setattr(visitors, "current", lambda cookie=cookie: visitor(cookie))
        app = page("train")
        keys = [box.key for box in app.checkbox]
        assert any(own in key for key in keys) and not any(other in key for key in keys)
        assert own in app.get("bidi_component")[0].proto.json and other not in app.get("bidi_component")[0].proto.json


def test_a_link_shows_a_run_and_lets_nobody_else_change_it(in_class, monkeypatch, links):
    anna, ben = client_of(ANNA), client_of(BEN)
    run = trained(anna)
    assert ben.get(f"/api/runs/{run}").json()["read_only"] and not anna.get(f"/api/runs/{run}").json()["read_only"]
    for action in ("pause", "resume", "stop", "finish"):
        assert is_told_why(ben.post(f"/api/runs/{run}", json={"do": action})), action
    assert is_told_why(ben.post(f"/api/runs/{run}", json={"do": "lr", "lr": 0.1}))
    with monkeypatch.context() as patch:
        patch.setattr(visitors, "current", lambda: visitor(BEN, link=run))
        app = page("train", runs=run)
        assert run in app.get("bidi_component")[0].proto.json and not app.warning
        row = Row(run, "queued", "", jobs.get_run(run))
        assert [name for name, action in ACTIONS.items() if action.is_allowed(row)] == ["show"]
    assert anna.post(f"/api/runs/{run}", json={"do": "stop"}).json()["state"] == "stopped"


def test_a_run_of_everybodys_is_the_operators_to_change(in_class, monkeypatch):
    with visitors.asking(visitor("")):
        run = jobs.submit_training(DIGITS.preset)
    assert not ownership.is_owned(run.id) and is_told_why(
        client_of(ANNA).post(f"/api/runs/{run.id}", json={"do": "stop"})
    )


def test_maps_are_shared_and_stopped_by_who_asked(in_class, monkeypatch, links):
    anna, ben = client_of(ANNA), client_of(BEN)
    path = "/api/home/digits/map?method=umap"
    run = anna.post(path, json={}).json()["run"]
    assert ben.post(path, json={}).json()["run"] == run
    assert visitor(ANNA).sees(jobs.get_run(run)) and not visitor(BEN).sees(jobs.get_run(run))
    assert is_told_why(ben.post(f"/api/runs/{run}", json={"do": "stop"}))
    assert anna.post(f"/api/runs/{run}", json={"do": "stop"}).status_code == 200


def test_two_visitors_do_not_see_each_others_data_sets(in_class, monkeypatch, links):
    name = saved_set("Secret cats", visitor(ANNA).owner)
    assert re.fullmatch("own-secret-cats-u[0-9a-f]{20}", name)
    again = saved_set("Secret cats", visitor(ANNA).owner)
    assert again.startswith(f"{name}-") and len(again) > len(name) + 15, "the second one is not guessed from the first"

    def shown(cookie: str, link: str = "", **query: str) -> str:
        monkeypatch.setattr(visitors, "current", lambda: visitor(cookie, link))
        texts = []
        for where in ("data", "train", "home", "compare", "labels"):
            app = page(where, **query)
            texts += [m.value for m in (*app.markdown, *app.caption, *app.warning, *app.info)]
            texts += [str(box.options) for box in app.selectbox] + [c.proto.json for c in app.get("bidi_component")]
        return " ".join(texts)

    assert "Secret cats" in shown(ANNA) and "Secret cats" not in shown(BEN)
    assert "Secret cats" in shown(BEN, name, dataset=name), "a link that names it opens it"
    with pytest.raises(data.DataError) as unknown:
        data.info("own-none")
    assert name not in str(unknown.value)
    with visitors.asking(visitor(BEN)), pytest.raises(visitors.Forbidden):
        visitors.current().require_own(name)


def test_a_checkpoint_of_one_visitor_is_in_nobody_elses_lists(in_class, monkeypatch, links):
    packed = archive.pack(DIGITS)
    added = archive.unpack(packed, visitor(ANNA).owner)
    assert added.name == ownership.owned_name(DIGITS.name, visitor(ANNA).owner)
    for cookie, seen in ((ANNA, True), (BEN, False)):
        with visitors.asking(visitor(cookie)):
            from pages.registry import list_checkpoints

            assert (added.name in [c.name for c in list_checkpoints()[0]]) == seen
        client = client_of(cookie)
        assert (added.name in client.get("/api/compare/digits/about").text) == seen
    with pytest.raises(checkpoints.CheckpointError) as unknown:
        checkpoints.load("none")
    assert added.name not in str(unknown.value)
    with visitors.asking(visitor(BEN, link=f"?checkpoint={added.name}")):
        assert added.name in [c.name for c in list_checkpoints()[0]]
    again = archive.unpack(archive.pack(added), visitor(BEN).owner)
    assert again.name == ownership.owned_name(DIGITS.name, visitor(BEN).owner), "its copy is the other's own"


def test_a_drawing_reaches_nobody_else(in_class):
    anna, ben = client_of(ANNA), client_of(BEN)
    path = f"/api/latent/{SHIPPED['digits-autoencoder-2'].name}/points"
    before = ben.get("/api/compare/digits/about").content, ben.get(path).status_code
    drawn = codec.message({"of": ["pixels"], "row": 0}, {"image": ("u8", np.full((8, 8), 9, np.uint8))})
    assert anna.post("/api/compare/digits/through", content=drawn).status_code == 200
    assert before == (ben.get("/api/compare/digits/about").content, ben.get(path).status_code)


def test_answers_kept_for_all_are_made_of_what_all_may_see(in_class):
    from pages.shared import model_store

    seen = []
    with visitors.asking(visitor(ANNA)):
        model_store.answer(lambda name: seen.append(visitors.current().owner), DIGITS.name)
    assert seen == [""]


def test_a_worker_places_the_owners_checkpoint_under_the_owners_name(in_class, monkeypatch):
    import dataclasses

    from core.jobs import worker

    preset = DIGITS.preset
    short = dataclasses.replace(preset, train=dataclasses.replace(preset.train, epochs=1))
    run = jobs.submit_training(short, "cpu", owner=visitor(ANNA).owner)
    worker.work(run)
    made = run.status().checkpoint
    assert run.status().state == "finished" and made == run.id and visitor(ANNA).sees(made)
    assert not visitor(BEN).sees(made)
    assert visitor(ANNA).owner not in (checkpoints.root() / made / "run.json").read_text()


# -- quotas ---------------------------------------------------------------------------------------


def test_a_visitor_keeps_so_many_runs_and_uploads(in_class, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNS_EACH", "1")
    monkeypatch.setenv("PLAYGROUND_UPLOADS_EACH", "1")
    anna, ben = client_of(ANNA), client_of(BEN)
    run = trained(anna)
    with pytest.raises(jobs.QueueFull, match="the maximum here"):
        jobs.submit_training(DIGITS.preset, owner=visitor(ANNA).owner)
    assert trained(anna) == run and trained(ben) != run
    upload(anna)
    refused = anna.post("/api/compare/digits/upload", content=VECTORS)
    assert refused.status_code == 400 and "at most 1 of yours" in refused.json()["error"]
    upload(ben)
    saved_set("One", visitor(ANNA).owner)
    with pytest.raises(data.DataError, match="You keep 1"):
        saved_set("Two", visitor(ANNA).owner)
    saved_set("Two", visitor(BEN).owner)


def test_trainings_of_a_class_end_sooner(monkeypatch):
    for name, hours in (("private", 48), ("class", 2)):
        monkeypatch.setenv(mode.VARIABLE, name)
        assert jobs.max_hours() == hours
    monkeypatch.setenv("PLAYGROUND_HOURS", "5")
    assert jobs.max_hours() == 5


# -- the operator ---------------------------------------------------------------------------------


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv(operators.VARIABLE, TOKEN)
    return TOKEN


def enter(client: TestClient, given: str):
    return client.post("/operator", data={"token": given})


def test_the_token_opens_what_is_anybodys(in_class, token):
    run = trained(client_of(ANNA))
    teacher = client_of(BEN)
    assert is_told_why(teacher.post(f"/api/runs/{run}", json={"do": "stop"}))
    answer = enter(teacher, TOKEN)
    assert answer.status_code == 303 and answer.headers["location"] == "./status"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and TOKEN not in cookie
    assert teacher.post(f"/api/runs/{run}", json={"do": "stop"}).json()["state"] == "stopped"
    key = upload(client_of(ANNA))
    assert key in teacher.get("/api/compare/digits/about").text
    assert "Leave" in teacher.get("/operator").text and "Leave" not in client_of(ANNA).get("/operator").text
    teacher.post("/operator", data={"leave": "1"})
    assert is_told_why(teacher.post(f"/api/runs/{run}", json={"do": "resume"}))


def test_a_link_with_the_token_leads_on_without_it(in_class, token):
    answer = client_of(BEN).get("/operator", params={"token": TOKEN})
    assert answer.status_code == 303 and TOKEN not in answer.headers["location"]
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], TOKEN + " ", "é" * 20])
def test_another_token_opens_nothing(in_class, token, given):
    client = client_of(BEN)
    answer = enter(client, given)
    assert answer.status_code == 403 and "not the token" in answer.text and operators.COOKIE not in client.cookies


def test_without_a_token_there_is_no_operator(in_class, monkeypatch):
    monkeypatch.delenv(operators.VARIABLE, raising=False)
    assert enter(client_of(BEN), "").status_code == enter(client_of(BEN), "anything at all").status_code == 403


def test_tokens_are_tried_a_few_times_a_minute(in_class, token, monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(operators.time, "monotonic", lambda: now[0])
    for _ in range(operators.TRIES):
        assert enter(client_of(address="10.0.0.9"), "wrong").status_code == 403
    late = enter(client_of(address="10.0.0.9"), TOKEN)
    assert late.status_code == 429 and int(late.headers["retry-after"]) <= operators.EVERY
    assert enter(client_of(address="10.0.0.8"), TOKEN).status_code == 303, "another address is not held up"
    now[0] += operators.EVERY
    assert enter(client_of(address="10.0.0.9"), TOKEN).status_code == 303


def test_a_session_ends(in_class, token, monkeypatch):
    session = operators.enter(TOKEN, "somebody")
    assert operators.is_operator({operators.COOKIE: session})
    assert not operators.is_operator({}) and not operators.is_operator({operators.COOKIE: ""})
    monkeypatch.setenv(operators.VARIABLE, f"another {TOKEN}")
    assert not operators.is_operator({operators.COOKIE: session}), "it holds for the token that was given"
    monkeypatch.setenv(operators.VARIABLE, TOKEN)
    until, numbers, mark = session.split(".")
    for made in (
        f"{int(until) + 1}.{numbers}.{mark}",
        f"{until}.{numbers[::-1]}.{mark}",
        f"{until}.{numbers}.{'0' * 64}",
    ):
        assert not operators.is_operator({operators.COOKIE: made})
    later = operators.time.time() + operators.LASTS + 1
    monkeypatch.setattr(operators.time, "time", lambda: later)
    assert not operators.is_operator({operators.COOKIE: session})


def test_every_replica_of_the_app_knows_the_operator(token):
    session = operators.enter(TOKEN, "somebody")
    code = "import sys; from pages.shared import operators as o; sys.exit(not o.is_operator({o.COOKIE: sys.argv[1]}))"
    for given, known in ((TOKEN, True), (f"another {TOKEN}", False)):
        environment = {**os.environ, operators.VARIABLE: given}
        other = subprocess.run([sys.executable, "-c", code, session], cwd=REPOSITORY, env=environment)
        assert (other.returncode == 0) is known


def test_the_state_of_the_server_is_the_operators_to_see(any_mode, monkeypatch, token):
    client_of(ANNA).get("/api/compare/digits/about")
    jobs.submit_training(DIGITS.preset)
    shown = page("status").metric
    assert bool(shown) == (Ability.OPERATE in any_mode.abilities)
    cookies = {visitors.COOKIE: BEN, operators.COOKIE: operators.enter(TOKEN, "here")}
    monkeypatch.setattr(visitors, "current", lambda: visitors.visitor_of("127.0.0.1", cookies, ""))
    app = page("status")
    told = {metric.label: metric.value for metric in app.metric}
    assert told["Mode"] == any_mode.name and told["Open streams"] == "0" and int(told["Visitors in five minutes"]) >= 1
    tables = [frame.value for frame in app.dataframe]
    (caches,) = [table for table in tables if "Bytes" in table]
    row = caches[caches["Cache"] == "examples compared"].iloc[0]
    assert row["Bytes"] > 10_000 and row["Hits"] > 0 and row["Entries"] > 0
    assert any("Queue" in table for table in tables) and any("State" in table for table in tables)


def test_tokens_are_compared_in_constant_time():
    assert "compare_digest" in inspect.getsource(operators.enter)


def test_another_sites_form_is_not_taken(in_class, token):
    answer = client_of(BEN).post("/operator", data={"token": TOKEN}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client_of(BEN).post("/operator", content=b"x" * 2_000).status_code == 413


def test_a_cookie_that_is_none_makes_nobody_known(in_class):
    for cookie in ("", "x", "A" * 32, "a" * 31, 'a"; b'):
        assert visitor(cookie).owner == ""
    assert visitor(ANNA).owner == hashlib.sha256(ANNA.encode()).hexdigest()


def test_what_is_looked_at_by_others_says_nothing_of_the_owner(in_class):
    run = trained(client_of(ANNA))
    owner = visitor(ANNA).owner
    assert owner and owner not in client_of(BEN).get(f"/api/runs/{run}").text

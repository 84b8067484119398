"""What the player of texts asks for."""

from pages.shared.endpoints import MAX_TEXT_HEADER, TEXTS, asked, given
from pages.tokens import insides, runs, writing

ROUTES = [
    given("tokens/{name}/about", writing.about),
    given("tokens/{name}/around", writing.around),
    given("tokens/{name}/habits", insides.head_statistics),
    asked("tokens/{name}/write", writing.generate, most_header=MAX_TEXT_HEADER, streams=TEXTS),
    asked("tokens/{name}/read", writing.read_text, most_header=MAX_TEXT_HEADER),
    asked("tokens/{name}/runs", runs.runs),
    asked("tokens/{name}/drift", runs.drift),
    asked("tokens/{name}/inside", insides.inside, most_header=MAX_TEXT_HEADER),
    asked("tokens/{name}/units", insides.units, most_header=MAX_TEXT_HEADER),
]

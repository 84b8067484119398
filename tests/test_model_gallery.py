"""Models as cards: found by words, told by their main score, with a picture that needs neither data nor torch."""

from core.store import checkpoints
from pages.shared.model_gallery import SIDE, facts, matches, thumbnail

BY_PRESET = {c.run["preset"]["name"]: c for c in checkpoints.available()[0]}


def test_a_search_asks_for_every_word_in_title_data_or_family():
    vae = BY_PRESET["mnist-vae-2"]
    assert matches(vae, "mnist variational") and matches(vae, "VAE 2-D") and matches(vae, "")
    assert not matches(vae, "mnist rbm")


def test_a_card_says_the_main_score_with_its_unit_and_kind_and_the_size():
    said = facts(BY_PRESET["mnist-rbm"])
    assert "test log-probability" in said and "nats per image (estimate, biased upwards)" in said
    vae = facts(BY_PRESET["mnist-vae-2"])
    assert vae.startswith("test log-probability") and "(lower bound)" in vae
    assert facts(BY_PRESET["mnist-autoencoder-30"]).startswith("reconstruction error")
    assert f"{BY_PRESET['mnist-rbm'].manifest.parameters:,} weights" in said


def test_pictures_are_samples_or_codes_and_a_model_of_texts_has_none():
    for name in ("mnist-rbm", "digits-made", "digits-autoencoder-2", "digits-autoencoder-16", "topics-autoencoder-2"):
        picture = thumbnail(BY_PRESET[name].name, BY_PRESET[name].version)
        assert picture is not None and picture.shape[2] == 4 and picture[..., 3].any(), name
        assert max(picture.shape[:2]) <= SIDE, name
    text = BY_PRESET["help-gru"]
    assert thumbnail(text.name, text.version) is None

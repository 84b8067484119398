"""What the player of the page Pixel by pixel asks for.

Nothing is kept for a visitor: a request carries all that its answer follows from. Nothing here imports torch before the
first answer needs it.
"""

from pages.pixels import reading, sampling
from pages.shared.endpoints import asked, given

ROUTES = [
    given("pixels/{name}/about", sampling.about),
    given("pixels/{name}/around", reading.around),
    given("pixels/{name}/strange", reading.out_of_distribution_images),
    given("pixels/{name}/drift", reading.exposure_bias),
    given("pixels/{name}/field", reading.receptive_field),
    asked("pixels/{name}/film", sampling.film),
    asked("pixels/{name}/surprise", reading.bits_per_pixel),
    asked("pixels/{name}/readings", reading.negative_log_likelihood),
    asked("pixels/{name}/fill", reading.inpaint),
    asked("pixels/{name}/ahead", reading.one_step_ahead),
    asked("pixels/{name}/running", reading.free_runs),
]

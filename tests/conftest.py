"""What holds for every test: no example of Hypothesis has a deadline, because a busy machine would miss it."""

from hypothesis import settings

settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")

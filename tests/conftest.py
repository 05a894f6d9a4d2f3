from hypothesis import Phase, settings

from tests.effort import tries

settings.register_profile("sepcost", deadline=None, max_examples=tries(30))
settings.register_profile(
    "mutants", settings.get_profile("sepcost"), derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("sepcost")

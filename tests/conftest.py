from hypothesis import Phase, settings

settings.register_profile("sepcost", deadline=None)
settings.register_profile("mutants", deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.load_profile("sepcost")

from hypothesis import settings

settings.register_profile("sepcost", deadline=None)
settings.load_profile("sepcost")

"""Numbers, layers, formulas, schemes and limits: what every other package builds on."""

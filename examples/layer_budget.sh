#!/bin/sh
# Fail a build when a layer outgrows its budget or a factorization stops paying.
set -eu

layer="--ni 64 --no 128 -k 3 -s 56"

sepcost compare $layer --scheme separable --max-macs 30M --max-weights 10k --min-saving 8

# Exact numbers for what comes next in the pipeline.
sepcost compare $layer --scheme separable -f csv

# The smallest number of output channels from which it pays.
sepcost breakeven --ni 64 --scheme separable -f json

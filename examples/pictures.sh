#!/bin/sh
# Draw the pictures that README shows into a folder; `examples/pictures.sh examples` renews them.
set -eu

folder=${1:-$(mktemp -d)}

# From which number of output channels on each scheme pays, and how far from there.
sepcost breakeven --gamma 4 -o "$folder/breakeven.svg"

# On which machines it does, in time.
sepcost breakeven --for balance --ni 64 --no 256 -s 56 --bytes 2 -o "$folder/balance.svg"

ls "$folder"/*.svg

#!/bin/sh
# Draw the pictures that README shows into a folder; `examples/pictures.sh examples` renews them.
set -eu

folder=${1:-$(mktemp -d)}

# The number of output channels from which each scheme pays, and its cost around that.
sepcost breakeven --gamma 4 -o "$folder/breakeven.svg"

# The machines on which it pays in time.
sepcost breakeven --for balance --ni 64 --no 256 -s 56 --bytes 2 -o "$folder/balance.svg"

ls "$folder"/*.svg

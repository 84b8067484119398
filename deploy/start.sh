#!/bin/sh
# Put the models that come with the app into the shared folder, those that are not there yet, each at once; start it.
set -eu
mkdir -p "$PLAYGROUND_CHECKPOINTS"
for model in checkpoints/*; do
  place="$PLAYGROUND_CHECKPOINTS/${model##*/}"
  if [ ! -e "$place" ]; then
    copy=$(mktemp -d "$PLAYGROUND_CHECKPOINTS/.copy.XXXXXX")
    cp -R "$model" "$copy/"
    mv -nT "$copy/${model##*/}" "$place" || true # another replica was quicker
    rm -rf "$copy"
  fi
done
exec python app.py

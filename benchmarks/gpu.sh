#!/usr/bin/env bash
# Eight minutes on one GPU: every family checked, speeds beside the CPU, then a training as far as the time goes.
#   benchmarks/gpu.sh FOLDER          data from PLAYGROUND_DATA; needs no network
set -u
cd "$(dirname "$0")/.."
out=${1:?the folder for logs, checkpoints and tables}
mkdir -p "$out"
python=${PYTHON:-python3}
export PYTHONUNBUFFERED=1
"$python" -m benchmarks.gpu --out "$out" --checks 2>&1 | tee "$out/checks.log"
"$python" -m benchmarks.gpu --out "$out" --speeds mnist-rbm mnist-autoencoder-30-random mnist-vae-50 mnist-made mnist-nade \
  mnist-pixelcnn shakespeare-lstm shakespeare-transformer 2>&1 | tee "$out/speeds.log"
"$python" -m benchmarks.gpu --out "$out" --train mnist-pixelcnn-large --seconds "$((480 - SECONDS))" 2>&1 | tee "$out/train.log"

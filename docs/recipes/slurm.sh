#!/bin/bash
# The whole job on one node: sbatch slurm.sh /shared/hub /shared/warehouse. Both folders are on a file system that the
# node sees. A job that is requeued finds its finished work. All sources run together, since duplicates are looked for
# across them.
#SBATCH --job-name=bigmath
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16
#SBATCH --mem=24G
#SBATCH --time=02:00:00
#SBATCH --requeue
#SBATCH --output=bigmath-%j.log
set -euo pipefail

usage="usage: sbatch slurm.sh HUB WAREHOUSE"
hub=${1:?$usage}
warehouse=${2:?$usage}

export BIGMATH_WORKERS=${SLURM_CPUS_PER_TASK:-2}
export TMPDIR=${SLURM_TMPDIR:-/tmp} # groups of OpenMathInstruct-2 spill here
srun bigmath run --hub "$hub" --warehouse "$warehouse"

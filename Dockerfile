# The server as one image: slim, no compiler, no shell needed, runs as nobody in particular on a read-only file system.
# docs/deployment.md says how to run it.
FROM python:3.11-slim-bookworm AS build
COPY serving/requirements.txt /tmp/requirements.txt
# The file names every package down to the last; wheels only, so that nothing is compiled and no package's code is run.
RUN python -m venv /opt/stance \
    && /opt/stance/bin/pip install --no-cache-dir --no-deps --only-binary=:all: -r /tmp/requirements.txt \
    && /opt/stance/bin/pip check \
    && /opt/stance/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
COPY --from=build /opt/stance /opt/stance
WORKDIR /app
COPY data/ data/
COPY model/ model/
COPY serving/ serving/
# All that is ever written goes to /tmp. BENTOML_DO_NOT_TRACK wants the word: BentoML takes 1 for no.
# OMP_NUM_THREADS is what one worker computes with; without it, every core of the host, whatever the container may use.
ENV PATH=/opt/stance/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    BENTOML_HOME=/tmp/bentoml \
    BENTOML_DO_NOT_TRACK=True \
    BENTOML_HOST=0.0.0.0 \
    BENTOML_PORT=3000 \
    STANCE_WORKERS=1 \
    OMP_NUM_THREADS=2
# a number, which Kubernetes can tell from root
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"BENTOML_PORT\"]}/readyz', timeout=5)"]
# Within the 30 s that Kubernetes gives; `docker stop` gives 10 unless told otherwise.
CMD ["bentoml", "serve", "serving.service:StanceService", "--timeout-graceful-shutdown", "25"]

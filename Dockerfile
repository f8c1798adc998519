# Shoko in one image, for those who run containers. Others need no Docker: `make run` does it all.
#
#     docker compose build
#     docker compose run --rm setup          # the default models, once; needs the internet
#     docker compose up -d                   # see docker-compose.yml for who can reach what
#
# The first stage compiles the language model's engine and installs the libraries of constraints.txt; the
# second has no compiler. No engine at hand? tests/docs/dockerfile_in_chroot.py runs these stages in a chroot.

FROM python:3.11-slim AS builder

# The engine's tier, a name of FLAGS in operations/build_engine.py: avx2 (x86-64 since 2015), avx512
# (servers since 2019: reads twice as fast), sse42 (older x86-64), other (ARM). It is chosen for the computer
# that will run the image, not for this one.
ARG ENGINE=avx2
# An index that has torch built for CPUs. Without it pip takes the build for NVIDIA GPUs: it works too, and
# makes the image some GB larger.
ARG PIP_EXTRA_INDEX_URL=""
# Parts of Shoko that are not in every image, such as milvus: names of optional-dependencies in pyproject.toml.
ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/shoko/bin:$PATH

RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc g++ make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
RUN python -m venv /opt/shoko
COPY pyproject.toml constraints.txt ./
COPY operations/build_engine.py operations/
RUN python -m pip install -q --upgrade -c constraints.txt pip setuptools wheel
# The engine first: it takes longest and changes least.
RUN PYTHONPATH=operations python -c "import sys; from build_engine import build; build(sys.argv[1])" "$ENGINE"
# Then the libraries, so that a change of Shoko's own code does not fetch them again.
RUN python -c "import sys, tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *(n for e in sys.argv[1].split() for n in p['optional-dependencies'][e]), sep='\n')" "$EXTRAS" > /tmp/needed.txt \
 && python -m pip install -q -c constraints.txt -r /tmp/needed.txt
COPY . .
RUN python -m pip install -q --no-deps --no-build-isolation -e . \
 && python -m compileall -q api checks cli contract core drafts evaluation ingest language llm operations retrieval ui


FROM python:3.11-slim

# libgomp1: the engine's threads. fonts-noto-cjk: pages of PDF files that bring no Japanese or Chinese font
# of their own. socat: the way in, see `door` in docker-compose.yml. tesseract: the text of scans. LibreOffice,
# for .doc, .xls and .ppt, is large and left out: add libreoffice-writer-nogui, libreoffice-calc-nogui and
# libreoffice-impress-nogui to have it.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 fonts-noto-cjk socat \
    tesseract-ocr tesseract-ocr-eng tesseract-ocr-jpn tesseract-ocr-jpn-vert \
    tesseract-ocr-chi-sim tesseract-ocr-chi-tra \
 && rm -rf /var/lib/apt/lists/*

# The user of all processes; the two folders that they may write to become volumes.
RUN groupadd --gid 10001 shoko \
 && useradd --uid 10001 --gid shoko --no-create-home --home-dir /tmp --shell /usr/sbin/nologin shoko \
 && install -d -o shoko -g shoko -m 0750 /data /models

COPY --from=builder /opt/shoko /opt/shoko
COPY --from=builder /app /app

ENV PATH=/opt/shoko/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SHOKO_DATA=/data SHOKO_MODELS=/models
# The network of a container is closed until its ports are published: publish them to this computer alone, or
# put a proxy with a certificate before them.
ENV SHOKO_PLAIN_NETWORK=true
WORKDIR /app
USER shoko
VOLUME ["/data", "/models"]
EXPOSE 8750 8751
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8750/health', timeout=8)"]
CMD ["shoko", "serve", "--no-ui", "--host", "0.0.0.0"]

# Light installation: serves, clusters and reviews, without torch.
#   docker build -t voc-service .
#   docker run --rm -v voc:/var/lib/voc voc-service keys create phone --scope ingest --scope read
#   docker run -d -p 8000:8000 -v voc:/var/lib/voc voc-service
# The service is reachable from outside the container, so it refuses to start before there is a key.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY models ./models
COPY data ./data
COPY training ./training
COPY service ./service
RUN python -m venv /opt/voc && /opt/voc/bin/pip install -c constraints.txt '.[formats]'

FROM python:3.11-slim
# Pango and a Chinese font: for the review as PDF.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/voc --create-home voc
COPY --from=build /opt/voc /opt/voc
ENV PATH=/opt/voc/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VOC_HOME=/var/lib/voc \
    VOC_HOST=0.0.0.0 \
    VOC_PORT=8000
WORKDIR /var/lib/voc
USER voc
VOLUME /var/lib/voc
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['VOC_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["voc"]
CMD ["serve"]

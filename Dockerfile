# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /replyd ./cmd/replyd \
 && mkdir -p /data

# No shell, no package manager, no root: only the program, certificates and time zones.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /replyd /replyd
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot:nonroot
VOLUME /data
EXPOSE 8025
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/replyd", "health", "--config", "/etc/replyd/replyd.yaml"]
ENTRYPOINT ["/replyd"]
CMD ["run", "--config", "/etc/replyd/replyd.yaml"]

# The image of pid1lint: docker run --rm -v "$PWD:/src" ghcr.io/pid1lint/pid1lint
# With --fix it has to write as the owner of the files: add --user "$(id -u):$(id -g)".

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /build
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY internal internal
COPY parser parser
COPY rules rules
ARG TARGETOS TARGETARCH
ARG VERSION=
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /pid1lint ./cmd/pid1lint

FROM scratch
COPY --from=build /pid1lint /usr/local/bin/pid1lint
WORKDIR /src
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/pid1lint"]

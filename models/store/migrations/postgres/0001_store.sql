-- +goose Up
CREATE TABLE store_requests (
    actor_id   uuid NOT NULL,
    operation  text NOT NULL,
    key        text NOT NULL,
    input_hash bytea NOT NULL,
    result_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (actor_id, operation, key)
);
CREATE INDEX store_requests_created ON store_requests (created_at);

CREATE TABLE store_clock (
    id         integer PRIMARY KEY CHECK (id = 1),
    offset_ms  bigint NOT NULL
);

-- +goose Up
CREATE TABLE store_requests (
    actor_id   text NOT NULL,
    operation  text NOT NULL,
    key        text NOT NULL,
    input_hash blob NOT NULL,
    result_id  text NOT NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (actor_id, operation, key)
);
CREATE INDEX store_requests_created ON store_requests (created_at);

CREATE TABLE store_clock (
    id         integer PRIMARY KEY CHECK (id = 1),
    offset_ms  integer NOT NULL
);

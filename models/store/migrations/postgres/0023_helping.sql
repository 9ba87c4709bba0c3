-- +goose Up
-- Volunteers of service points, the help that they give by delegations of the kind HELPER, and the time in which what they hand in
-- can be cancelled.
CREATE TABLE delegation_volunteers (
    id          uuid PRIMARY KEY,
    resident_id uuid NOT NULL REFERENCES resident_residents (id),
    department  text NOT NULL,
    point_code  text NOT NULL,
    point_name  text NOT NULL,
    until_day   date NOT NULL,
    enrolled_by uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    ended_at    timestamptz
);
CREATE UNIQUE INDEX delegation_volunteers_one ON delegation_volunteers (resident_id, point_code) WHERE ended_at IS NULL;
CREATE INDEX delegation_volunteers_point ON delegation_volunteers (department, id);

ALTER TABLE delegation_delegations ADD COLUMN kind text NOT NULL DEFAULT 'PERSONAL' CHECK (kind IN ('PERSONAL', 'HELPER'));
ALTER TABLE delegation_delegations ADD COLUMN volunteer_id uuid REFERENCES delegation_volunteers (id);
-- The service point as it was when the help began, a JSON object.
ALTER TABLE delegation_delegations ADD COLUMN point text;
CREATE INDEX delegation_delegations_volunteer ON delegation_delegations (volunteer_id) WHERE volunteer_id IS NOT NULL;

-- What a volunteer asks of the owner of a phone, until that person says yes with a code. item_codes and powers are JSON lists.
CREATE TABLE delegation_help_requests (
    id            uuid PRIMARY KEY,
    volunteer_id  uuid NOT NULL REFERENCES delegation_volunteers (id),
    phone         bytea NOT NULL,
    item_codes    text NOT NULL,
    powers        text NOT NULL,
    days          integer NOT NULL CHECK (days > 0),
    created_at    timestamptz NOT NULL,
    delegation_id uuid REFERENCES delegation_delegations (id)
);
CREATE INDEX delegation_help_requests_volunteer ON delegation_help_requests (volunteer_id, created_at);

-- A second phone that a person has told of what volunteers hand in.
CREATE TABLE delegation_contacts (
    resident_id uuid PRIMARY KEY REFERENCES resident_residents (id),
    phone       bytea NOT NULL,
    set_at      timestamptz NOT NULL
);

-- What a volunteer handed in, and until when it can be cancelled. code is what cancels it without an account.
CREATE TABLE delegation_hand_ins (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL,
    delegation_id  uuid NOT NULL REFERENCES delegation_delegations (id),
    action         text NOT NULL CHECK (action IN ('SUBMIT', 'SUPPLEMENT')),
    at             timestamptz NOT NULL,
    until          timestamptz NOT NULL,
    code           bytea NOT NULL,
    code_index     text NOT NULL UNIQUE,
    notice         bytea NOT NULL,
    told_at        timestamptz,
    cancelled_at   timestamptz,
    cancelled_by   text CHECK (cancelled_by IN ('PERSON', 'SECOND_CONTACT'))
);
CREATE INDEX delegation_hand_ins_application ON delegation_hand_ins (application_id, at);

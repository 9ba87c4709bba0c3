-- +goose Up
-- The calendars as they came into force, one after another; dates name the one that they were computed with.
CREATE TABLE catalogue_calendars (
    number       integer PRIMARY KEY CHECK (number > 0),
    fingerprint  text NOT NULL,
    content      text NOT NULL,
    installed_at timestamptz NOT NULL
);
CREATE INDEX catalogue_calendars_fingerprint ON catalogue_calendars (fingerprint, number);

-- Empty: computed with the first calendar.
ALTER TABLE casework_applications ADD COLUMN calendar text NOT NULL DEFAULT '';
CREATE INDEX casework_applications_open ON casework_applications (id)
    WHERE state IN ('SUBMITTED', 'SUPPLEMENT_REQUIRED', 'IN_REVIEW', 'APPROVED');

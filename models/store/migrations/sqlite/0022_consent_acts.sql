-- +goose Up
-- Each row is one giving and its withdrawal, or a refusal of what was never given (given_at is empty then). Nothing is overwritten:
-- given again is a new row. given_by and withdrawn_by are empty where the person acted, else the guardian who did. refused is a no of
-- the person's own, unlike the end that unbinding the identity puts to all consents.
CREATE TABLE identity_consents_new (
    id                text PRIMARY KEY,
    resident_id       text NOT NULL REFERENCES resident_residents (id),
    purpose           text NOT NULL,
    version           text NOT NULL,
    given_at          datetime,
    given_by          text REFERENCES resident_residents (id),
    given_channel     text NOT NULL DEFAULT '',
    withdrawn_at      datetime,
    withdrawn_by      text REFERENCES resident_residents (id),
    withdrawn_channel text NOT NULL DEFAULT '',
    refused           boolean NOT NULL DEFAULT false,
    CHECK (given_at IS NOT NULL OR refused),
    CHECK (withdrawn_at IS NOT NULL OR NOT refused)
);
INSERT INTO identity_consents_new (id, resident_id, purpose, version, given_at, withdrawn_at)
    SELECT id, resident_id, purpose, version, given_at, withdrawn_at FROM identity_consents AS kept
    WHERE withdrawn_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM identity_consents AS earlier
        WHERE earlier.resident_id = kept.resident_id AND earlier.purpose = kept.purpose AND earlier.version = kept.version
            AND earlier.withdrawn_at IS NULL AND (earlier.given_at < kept.given_at OR (earlier.given_at = kept.given_at AND earlier.id < kept.id)));
DROP TABLE identity_consents;
ALTER TABLE identity_consents_new RENAME TO identity_consents;
CREATE INDEX identity_consents_resident ON identity_consents (resident_id, given_at);
-- One consent to one version is in force at a time, however often it is given at once.
CREATE UNIQUE INDEX identity_consents_force ON identity_consents (resident_id, purpose, version) WHERE withdrawn_at IS NULL;

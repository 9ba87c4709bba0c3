-- +goose Up
-- Each row is one giving and its withdrawal, or a refusal of what was never given (given_at is empty then). Nothing is overwritten:
-- given again is a new row. given_by and withdrawn_by are empty where the person acted, else the guardian who did. refused is a no of
-- the person's own, unlike the end that unbinding the identity puts to all consents.
ALTER TABLE identity_consents ALTER COLUMN given_at DROP NOT NULL;
ALTER TABLE identity_consents
    ADD COLUMN given_by          uuid REFERENCES resident_residents (id),
    ADD COLUMN given_channel     text NOT NULL DEFAULT '',
    ADD COLUMN withdrawn_by      uuid REFERENCES resident_residents (id),
    ADD COLUMN withdrawn_channel text NOT NULL DEFAULT '',
    ADD COLUMN refused           boolean NOT NULL DEFAULT false,
    ADD CHECK (given_at IS NOT NULL OR refused),
    ADD CHECK (withdrawn_at IS NOT NULL OR NOT refused);
-- The same consent given twice at one moment counts once: the earlier row.
DELETE FROM identity_consents AS doubled USING identity_consents AS earlier
    WHERE earlier.resident_id = doubled.resident_id AND earlier.purpose = doubled.purpose AND earlier.version = doubled.version
        AND earlier.withdrawn_at IS NULL AND doubled.withdrawn_at IS NULL
        AND (earlier.given_at < doubled.given_at OR (earlier.given_at = doubled.given_at AND earlier.id < doubled.id));
-- One consent to one version is in force at a time, however often it is given at once.
CREATE UNIQUE INDEX identity_consents_force ON identity_consents (resident_id, purpose, version) WHERE withdrawn_at IS NULL;

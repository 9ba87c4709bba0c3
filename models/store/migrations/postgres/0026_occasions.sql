-- +goose Up
-- Why a reminder was planned, for operators; and, of reminders that are about no case, what they are about and whose it is.
ALTER TABLE notify_plans ADD COLUMN why text NOT NULL DEFAULT '';
ALTER TABLE notify_plans ADD COLUMN thing_id uuid;
ALTER TABLE notify_plans ADD COLUMN subject_id uuid;
CREATE INDEX notify_plans_thing ON notify_plans (thing_id) WHERE state = 'PLANNED' AND thing_id IS NOT NULL;

-- Until which day the occasions that the house looks for by itself have been looked for.
CREATE TABLE notify_rounds (
    rule    text PRIMARY KEY,
    through date NOT NULL
);

-- Documents that end on a day.
CREATE INDEX material_documents_ending ON material_documents (expires_on, id) WHERE expires_on IS NOT NULL;

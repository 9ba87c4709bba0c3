-- +goose Up
CREATE TABLE bundle_cases (
    id           uuid PRIMARY KEY,
    bundle_code  text NOT NULL,
    subject_id   uuid NOT NULL,
    applicant_id uuid NOT NULL,
    channel      text NOT NULL,
    created_at   timestamptz NOT NULL,
    plan         json NOT NULL
);
CREATE INDEX bundle_cases_applicant ON bundle_cases (applicant_id, id);
CREATE INDEX bundle_cases_subject ON bundle_cases (subject_id, id);

ALTER TABLE casework_applications ADD COLUMN bundle_case_id uuid REFERENCES bundle_cases (id);
CREATE INDEX casework_applications_bundle ON casework_applications (bundle_case_id, id) WHERE bundle_case_id IS NOT NULL;

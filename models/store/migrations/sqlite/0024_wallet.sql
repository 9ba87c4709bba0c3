-- +goose Up
-- Who compared an uploaded document with its original, and when.
ALTER TABLE material_documents ADD COLUMN verified_at datetime CHECK (trust <> 'VERIFIED' OR verified_at IS NOT NULL);
ALTER TABLE material_documents ADD COLUMN verified_by text;
ALTER TABLE material_documents ADD COLUMN verified_department text NOT NULL DEFAULT '';

-- A link to a file is of one hand-over: it dies with the step, and whoever opens it first is its one reader.
ALTER TABLE material_links ADD COLUMN application_id text;
ALTER TABLE material_links ADD COLUMN step text NOT NULL DEFAULT '';
ALTER TABLE material_links ADD COLUMN opened_from text NOT NULL DEFAULT '';

-- +goose Up
-- In which language a second contact is told: whoever is named may read none but another.
ALTER TABLE delegation_contacts ADD COLUMN locale text NOT NULL DEFAULT 'zh' CHECK (locale IN ('zh', 'en'));

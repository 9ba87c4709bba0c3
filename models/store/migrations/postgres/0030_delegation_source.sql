-- +goose Up
-- How a delegation came to be: offered here, or signed on paper and entered by the house.
ALTER TABLE delegation_delegations ADD COLUMN source text NOT NULL DEFAULT 'ONLINE' CHECK (source IN ('ONLINE', 'PAPER'));

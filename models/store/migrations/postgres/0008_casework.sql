-- +goose Up
CREATE TABLE casework_applications (
    id           uuid PRIMARY KEY,
    number       text UNIQUE,
    item_code    text NOT NULL,
    item_version integer NOT NULL,
    lead         text NOT NULL,
    subject_id   uuid NOT NULL,
    applicant_id uuid NOT NULL,
    state        text NOT NULL CHECK (state IN ('DRAFT','SUBMITTED','SUPPLEMENT_REQUIRED','IN_REVIEW','APPROVED','REJECTED','COMPLETED','WITHDRAWN','LAPSED')),
    channel      text NOT NULL,
    revision     integer NOT NULL,
    priority     integer NOT NULL,
    created_at   timestamptz NOT NULL,
    submitted_at timestamptz,
    received_at  timestamptz,
    accepted_at  timestamptz,
    finished_at  timestamptz,
    wake_at      timestamptz,
    progress     json NOT NULL,
    last_event   json,
    answers      bytea,
    CHECK (state = 'DRAFT' OR number IS NOT NULL OR state = 'WITHDRAWN')
);
CREATE INDEX casework_applications_applicant ON casework_applications (applicant_id, id);
CREATE INDEX casework_applications_subject ON casework_applications (subject_id, id);
CREATE INDEX casework_applications_wake ON casework_applications (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE casework_events (
    application_id uuid NOT NULL REFERENCES casework_applications (id),
    sequence       integer NOT NULL,
    id             uuid NOT NULL,
    at             timestamptz NOT NULL,
    kind           text NOT NULL,
    title          json NOT NULL,
    detail         json,
    department     text NOT NULL,
    actor_kind     text NOT NULL,
    actor_id       uuid,
    actor_name     text NOT NULL,
    public         boolean NOT NULL,
    PRIMARY KEY (application_id, sequence)
);

CREATE TABLE casework_tasks (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES casework_applications (id),
    kind           text NOT NULL CHECK (kind IN ('ACCEPTANCE','STEP')),
    step_id        text NOT NULL,
    department     text NOT NULL,
    role           text NOT NULL,
    state          text NOT NULL CHECK (state IN ('OPEN','CLAIMED','SUSPENDED','DONE','CANCELLED')),
    priority       integer NOT NULL,
    due_at         timestamptz NOT NULL,
    yellow_at      timestamptz NOT NULL,
    assignee_id    uuid,
    lease_until    timestamptz,
    created_at     timestamptz NOT NULL,
    UNIQUE (application_id, step_id)
);
CREATE INDEX casework_tasks_worklist ON casework_tasks (department, role, priority DESC, due_at, id)
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED');
CREATE INDEX casework_tasks_city ON casework_tasks (role, priority DESC, due_at, id)
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED');
CREATE INDEX casework_tasks_assignee ON casework_tasks (assignee_id, priority DESC, due_at, id)
    WHERE state IN ('OPEN','CLAIMED','SUSPENDED');

"""The first tables, in SQL that SQLite and PostgreSQL read alike.

Written by hand rather than generated: the same text runs on both engines, and uniqueness is said in indexes, since
SQLite can't take table constraints later on. A test holds the result against the tables' definitions.
"""

from app.migrate import run_sql

ID = "2026-11-22T00:00:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "The first tables"

TABLES = (
    """
        CREATE TABLE region (
            id UUID PRIMARY KEY,
            name VARCHAR(80) NOT NULL,
            valid_from DATE,
            valid_until DATE
        )
    """,
    """
        CREATE TABLE clinic (
            id UUID PRIMARY KEY,
            region UUID REFERENCES region (id) ON DELETE CASCADE,
            name VARCHAR(120) NOT NULL,
            slug VARCHAR(80) NOT NULL,
            provider_number VARCHAR(12) NOT NULL,
            plan_b_phone VARCHAR(20) NOT NULL,
            email VARCHAR(254) NOT NULL,
            address VARCHAR(200) NOT NULL,
            early_minutes INTEGER NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE staff (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            name VARCHAR(120) NOT NULL,
            role VARCHAR(20) NOT NULL,
            is_superuser BOOLEAN NOT NULL,
            email VARCHAR(254) NOT NULL,
            password_hash VARCHAR(200) NOT NULL,
            invitation_hash VARCHAR(64),
            invitation_expires_at TIMESTAMPTZ,
            language VARCHAR(2) NOT NULL,
            active BOOLEAN NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE staff_session (
            id VARCHAR(64) PRIMARY KEY,
            staff UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            created_at TIMESTAMPTZ NOT NULL,
            seen_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE patient (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            name VARCHAR(120) NOT NULL,
            name_folded VARCHAR(120) NOT NULL,
            cpr_encrypted TEXT NOT NULL,
            cpr_index VARCHAR(64),
            birth_date DATE,
            phone VARCHAR(20) NOT NULL,
            phone_confirmed_at TIMESTAMPTZ,
            email VARCHAR(254) NOT NULL,
            language VARCHAR(2) NOT NULL,
            has_device BOOLEAN NOT NULL,
            eid VARCHAR(10) NOT NULL,
            registration VARCHAR(12) NOT NULL,
            is_test BOOLEAN NOT NULL,
            created_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE guardian (
            id UUID PRIMARY KEY,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            name VARCHAR(120) NOT NULL,
            relation VARCHAR(40) NOT NULL,
            phone VARCHAR(20) NOT NULL,
            email VARCHAR(254) NOT NULL
        )
    """,
    """
        CREATE TABLE patient_device (
            id VARCHAR(64) PRIMARY KEY,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            handoff_hash VARCHAR(64) NOT NULL,
            handed_from VARCHAR(64) NOT NULL,
            confirmed_at TIMESTAMPTZ,
            wrong_tries INTEGER NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            seen_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL,
            revoked_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE sms_code (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            patient UUID REFERENCES patient (id) ON DELETE CASCADE,
            code_hash VARCHAR(64) NOT NULL,
            tries INTEGER NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL,
            used_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE rate_bucket (
            id VARCHAR(64) PRIMARY KEY,
            used INTEGER NOT NULL,
            resets_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE message (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            patient UUID REFERENCES patient (id) ON DELETE CASCADE,
            about VARCHAR(36) NOT NULL,
            purpose VARCHAR(40) NOT NULL,
            channel VARCHAR(5) NOT NULL,
            recipient VARCHAR(254) NOT NULL,
            language VARCHAR(2) NOT NULL,
            subject VARCHAR(200) NOT NULL,
            body_encrypted TEXT NOT NULL,
            state VARCHAR(10) NOT NULL,
            why VARCHAR(300) NOT NULL,
            attempts INTEGER NOT NULL,
            carrier_id VARCHAR(80) NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            due_at TIMESTAMPTZ NOT NULL,
            state_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE appointment_type (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            name VARCHAR(80) NOT NULL,
            mode VARCHAR(12) NOT NULL,
            minutes INTEGER NOT NULL,
            colour VARCHAR(12) NOT NULL,
            sort_key VARCHAR(20) NOT NULL,
            active BOOLEAN NOT NULL
        )
    """,
    """
        CREATE TABLE appointment (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            guardian UUID REFERENCES guardian (id) ON DELETE CASCADE,
            staff UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            type UUID NOT NULL REFERENCES appointment_type (id) ON DELETE CASCADE,
            mode VARCHAR(12) NOT NULL,
            origin VARCHAR(8) NOT NULL,
            starts_at TIMESTAMPTZ NOT NULL,
            minutes INTEGER NOT NULL,
            reason VARCHAR(200) NOT NULL,
            state VARCHAR(10) NOT NULL,
            is_test BOOLEAN NOT NULL,
            moved_to UUID REFERENCES appointment (id) ON DELETE CASCADE,
            created_at TIMESTAMPTZ NOT NULL,
            ended_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE join_link (
            id UUID PRIMARY KEY,
            appointment UUID NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
            token_hash VARCHAR(64) NOT NULL,
            code_hash VARCHAR(64) NOT NULL,
            wrong_tries INTEGER NOT NULL,
            locked_at TIMESTAMPTZ,
            revoked_at TIMESTAMPTZ,
            created_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE preparation_tick (
            id UUID PRIMARY KEY,
            appointment UUID NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
            item VARCHAR(30) NOT NULL,
            done BOOLEAN NOT NULL,
            said_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE device_test (
            id UUID PRIMARY KEY,
            appointment UUID NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
            device VARCHAR(64) REFERENCES patient_device (id) ON DELETE CASCADE,
            camera VARCHAR(10) NOT NULL,
            microphone VARCHAR(10) NOT NULL,
            loudspeaker VARCHAR(10) NOT NULL,
            browser VARCHAR(40) NOT NULL,
            detail TEXT NOT NULL,
            tested_at TIMESTAMPTZ NOT NULL
        )
    """,
    """
        CREATE TABLE waiting_room (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            is_open BOOLEAN NOT NULL,
            opened_at TIMESTAMPTZ,
            closed_at TIMESTAMPTZ,
            responsible UUID REFERENCES staff (id) ON DELETE CASCADE,
            announcement VARCHAR(300) NOT NULL,
            announced_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE place (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            appointment UUID REFERENCES appointment (id) ON DELETE CASCADE,
            staff UUID REFERENCES staff (id) ON DELETE CASCADE,
            reason VARCHAR(200) NOT NULL,
            state VARCHAR(10) NOT NULL,
            entered_at TIMESTAMPTZ NOT NULL,
            state_at TIMESTAMPTZ NOT NULL,
            seen_at TIMESTAMPTZ NOT NULL,
            gone_at TIMESTAMPTZ,
            presence VARCHAR(12) NOT NULL,
            called_by UUID REFERENCES staff (id) ON DELETE CASCADE,
            word VARCHAR(300) NOT NULL,
            word_at TIMESTAMPTZ
        )
    """,
    """
        CREATE TABLE call (
            id UUID PRIMARY KEY,
            clinic UUID NOT NULL REFERENCES clinic (id) ON DELETE CASCADE,
            place UUID NOT NULL REFERENCES place (id) ON DELETE CASCADE,
            appointment UUID REFERENCES appointment (id) ON DELETE CASCADE,
            patient UUID NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
            staff UUID NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
            origin VARCHAR(8) NOT NULL,
            is_test BOOLEAN NOT NULL,
            state VARCHAR(10) NOT NULL,
            rang_at TIMESTAMPTZ NOT NULL,
            texted_at TIMESTAMPTZ,
            answered_at TIMESTAMPTZ,
            connected_at TIMESTAMPTZ,
            ended_at TIMESTAMPTZ,
            outcome VARCHAR(15) NOT NULL,
            not_completed_because VARCHAR(30) NOT NULL,
            outcome_note VARCHAR(300) NOT NULL,
            solved VARCHAR(12) NOT NULL,
            instead_of VARCHAR(12) NOT NULL,
            service_code VARCHAR(4) NOT NULL,
            outcome_at TIMESTAMPTZ
        )
    """,
)

INDEXES = (
    "CREATE UNIQUE INDEX clinic_slug ON clinic (slug)",
    "CREATE UNIQUE INDEX clinic_provider_number ON clinic (provider_number)",
    "CREATE UNIQUE INDEX staff_email ON staff (email)",
    "CREATE INDEX staff_clinic ON staff (clinic)",
    "CREATE UNIQUE INDEX patient_cpr ON patient (clinic, cpr_index) WHERE cpr_index IS NOT NULL",
    "CREATE INDEX patient_phone ON patient (clinic, phone)",
    "CREATE INDEX patient_name ON patient (clinic, name_folded)",
    "CREATE UNIQUE INDEX patient_device_handoff ON patient_device (handoff_hash)",
    "CREATE INDEX message_due ON message (state, due_at)",
    "CREATE INDEX message_clinic ON message (clinic, created_at)",
    "CREATE INDEX message_about ON message (about)",
    "CREATE INDEX appointment_day ON appointment (clinic, starts_at)",
    "CREATE INDEX appointment_patient ON appointment (patient, starts_at)",
    "CREATE UNIQUE INDEX join_link_token ON join_link (token_hash)",
    "CREATE UNIQUE INDEX join_link_code ON join_link (code_hash)",
    "CREATE INDEX join_link_appointment ON join_link (appointment)",
    "CREATE UNIQUE INDEX preparation_tick_item ON preparation_tick (appointment, item)",
    "CREATE INDEX device_test_appointment ON device_test (appointment, tested_at)",
    "CREATE UNIQUE INDEX waiting_room_clinic ON waiting_room (clinic)",
    "CREATE INDEX place_queue ON place (clinic, state, entered_at)",
    "CREATE UNIQUE INDEX place_one_each ON place (clinic, patient) WHERE state IN ('waiting', 'called', 'in_call')",
    "CREATE INDEX call_clinic ON call (clinic, state)",
    "CREATE UNIQUE INDEX call_one_each ON call (place) WHERE state IN ('ringing', 'running')",
)

forwards = run_sql(ID, DESCRIPTION, TABLES + INDEXES)

//! The integration tests, in one binary: real files, real HTTP on loopback, the real program.
//!
//! `cfg(test)` is always true here; it tells clippy that these modules may unwrap.

#[cfg(test)]
mod alerting;
#[cfg(test)]
mod any_content;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod certified;
#[cfg(test)]
mod channel;
#[cfg(test)]
mod cli_alert;
#[cfg(test)]
mod cli_check;
#[cfg(test)]
mod cli_check_sinks;
#[cfg(test)]
mod cli_clicks;
#[cfg(test)]
mod cli_document;
#[cfg(test)]
mod cli_evidence;
#[cfg(test)]
mod cli_export;
#[cfg(test)]
mod cli_filters;
#[cfg(test)]
mod cli_ioc;
#[cfg(test)]
mod cli_outbox;
#[cfg(test)]
mod cli_past;
#[cfg(test)]
mod cli_report;
#[cfg(test)]
mod cli_rule;
#[cfg(test)]
mod cli_silence;
#[cfg(test)]
mod cli_status;
#[cfg(test)]
mod cli_summary;
#[cfg(test)]
mod clock_set;
#[cfg(test)]
mod condition;
#[cfg(test)]
mod condition_random;
#[cfg(test)]
mod config;
#[cfg(test)]
mod config_apart;
#[cfg(test)]
mod config_credentials;
#[cfg(test)]
mod config_files;
#[cfg(test)]
mod config_places;
#[cfg(test)]
mod config_reports;
#[cfg(test)]
mod config_rules;
#[cfg(test)]
mod config_unmatchable;
#[cfg(test)]
mod convergence;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod db_backup;
#[cfg(test)]
mod db_check;
#[cfg(test)]
mod db_flips;
#[cfg(test)]
mod delivering;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod demo_receivers;
#[cfg(test)]
mod digest;
#[cfg(test)]
mod digest_due;
#[cfg(test)]
mod digest_killed;
#[cfg(test)]
mod digest_when;
#[cfg(test)]
mod disk_full;
#[cfg(test)]
mod end_to_end;
#[cfg(test)]
mod equal_urls;
#[cfg(test)]
mod exclude;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod first_digest;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_alerts;
#[cfg(test)]
mod hostile_chat;
#[cfg(test)]
mod hostile_digest;
#[cfg(test)]
mod house;
#[cfg(test)]
mod json_flag;
#[cfg(test)]
mod json_shapes;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod kql_oracle;
#[cfg(test)]
mod kql_random;
#[cfg(test)]
mod late_verdicts;
#[cfg(test)]
mod lease;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod links;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod lost_log;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod mail_bytes;
#[cfg(test)]
mod mail_endless;
#[cfg(test)]
mod mail_exim;
#[cfg(test)]
mod mail_graph;
#[cfg(test)]
mod mail_outbox;
#[cfg(test)]
mod mail_server;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod microsoft;
#[cfg(test)]
mod migration;
#[cfg(test)]
mod month;
#[cfg(test)]
mod nasty;
#[cfg(test)]
mod one_connection;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod outbox_notice;
#[cfg(test)]
mod outbox_rules;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod process;
#[cfg(test)]
mod program;
#[cfg(test)]
mod read_back;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod real_wiremock;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod refang;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod regular;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod retention_when;
#[cfg(test)]
mod root_links;
#[cfg(test)]
mod rules_alerts;
#[cfg(test)]
mod rules_backlog;
#[cfg(test)]
mod rules_killed;
#[cfg(test)]
mod rules_plain;
#[cfg(test)]
mod rules_quality;
#[cfg(test)]
mod rules_tenants;
#[cfg(test)]
mod rules_told;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod schedule_cron;
#[cfg(test)]
mod schedule_oracle;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod secrets_credentials;
#[cfg(test)]
mod secrets_sinks;
#[cfg(test)]
mod service;
#[cfg(test)]
mod side_by_side;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod sink_refused;
#[cfg(test)]
mod sink_samples;
#[cfg(test)]
mod slack;
#[cfg(test)]
mod source;
#[cfg(test)]
mod source_broken;
#[cfg(test)]
mod spam;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod store_apply;
#[cfg(test)]
mod store_file;
#[cfg(test)]
mod store_model;
#[cfg(test)]
mod store_pace;
#[cfg(test)]
mod store_summary;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod syscalls;
#[cfg(test)]
mod teams;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod told;
#[cfg(test)]
mod told_once;
#[cfg(test)]
mod units;
#[cfg(test)]
mod web;
#[cfg(test)]
mod webhook;
#[cfg(test)]
mod window_edges;

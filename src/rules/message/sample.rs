//! An alert that no click opened: invented, and drawn as a real one is.

use super::super::details::{AffectedUrl, AffectedUser, AlertDetails};
use super::content::content;
use super::described::{DescribedAlert, MessageContext};
use crate::click::tally::Tally;
use crate::clock::{DAY, MINUTE, Span, Tick};
use crate::condition::Variable;
use crate::config::Config;
use crate::message::Content;
use crate::message::severity::Severity;
use crate::store::{Alert, AlertState, Arrival, Confidence, GroupName, TenantKey};

/// The rule that it pretends to be of.
const RULE: &str = "clicked-past-block";
const USER: &str = "jane.doe@contoso.example";
const URL: &str = "https://login-portal.example/signin?token=0123456789";

/// What a sink would get of an alert of `tenant`, marked as a test.
pub fn sample(config: &Config, tenant: &str, now: Tick) -> Content {
    let alert = invented_alert(now);
    let described = DescribedAlert {
        pending: None,
        rule: config.rules.iter().find(|rule| rule.name == RULE),
        details: details(now),
        chain: vec![URL.to_owned(), "https://evil.example/kit/".to_owned()],
        alert: &alert,
    };
    content(MessageContext { config, tenant }, &[described], Arrival::InTime).as_test()
}

/// The alert. No alert of the store has the number 0, so that no command can mean it.
pub fn invented_alert(now: Tick) -> Alert {
    let last = last_click(now);
    Alert {
        id: 0,
        tenant: TenantKey(0),
        rule: RULE.to_owned(),
        group: GroupName { url: Some(URL.to_owned()), host: None, user: Some(USER.to_owned()) },
        severity: Severity::High,
        confidence: Confidence::Normal,
        arrival: Arrival::InTime,
        opened: now,
        window: Span::new(last.plus(1 - DAY), last.plus(1)),
        state: AlertState::Open,
        owner: String::new(),
        ticket: String::new(),
        note: String::new(),
        previous: None,
    }
}

fn last_click(now: Tick) -> Tick {
    now.floor(MINUTE).plus(-5 * MINUTE)
}

/// A click that was blocked, and one past that block.
fn details(now: Tick) -> AlertDetails {
    let last = last_click(now);
    let tally = Tally { rows: 2, blocked: 2, clicked_through: 1, ..Tally::default() };
    let mut numbers = [0; Variable::NUMBERS];
    for (variable, number) in [
        (Variable::Blocked, 2),
        (Variable::ClickedThrough, 1),
        (Variable::ClickedPastBlock, 1),
        (Variable::Clickers, 1),
        (Variable::AffectedUsers, 1),
    ] {
        numbers.get_mut(variable as usize).into_iter().for_each(|slot| *slot = number);
    }
    let name = USER.to_owned();
    let user = AffectedUser { name, tally, last, past_block: 1, ..AffectedUser::default() };
    AlertDetails {
        tally,
        first: last.plus(-MINUTE),
        last,
        people: vec![user],
        urls: vec![AffectedUrl { url: URL.to_owned(), tally, is_threat: true }],
        workloads: vec!["Email".to_owned()],
        threats: vec!["Phish".to_owned()],
        numbers,
        key: None,
    }
}

//! The board that is kept in memory against the rule in the database, moment by moment.

use anyhow::Context as _;
use chrono::{Duration, SecondsFormat};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use serde_json::Value;
use sqlx::PgPool;
use wardwatch_tests::Dashboard;
use wardwatch_tests::model::Instant;

use crate::delivery;

/// The rows that the rule lists as of $1, in the order of the board. $2 overrides the thresholds.
const LISTED: &str =
    "SELECT concat_ws('|', coalesce(patient_id, '-'), coalesce(case_number, '-'), state, long_open, threshold_hours,
        array_to_string(reasons, ','))
    FROM monitor.board($1, false, $2)
    ORDER BY idle_since, patient_id COLLATE \"C\" NULLS FIRST, case_number COLLATE \"C\" NULLS FIRST";
/// Whom the rule will list at the moment in which they cross their threshold, by $1, of the stays that were here and not listed as of
/// $3: whoever is home by $1 was on the board meanwhile.
const COMING: &str = "SELECT concat_ws('|', b.patient_id, b.case_number, b.state, b.long_open, b.threshold_hours, array_to_string(b.reasons, ','))
    FROM (
        SELECT s.patient_id, s.case_number, s.idle_since + make_interval(hours => coalesce($2, own.hours, hospitals.hours, 48)) + interval '1 microsecond' AS crossed_at
        FROM monitor.board($3, false, 0) s
        LEFT JOIN app.current_threshold own ON own.department = s.department
        LEFT JOIN app.current_threshold hospitals ON hospitals.department IS NULL
    ) here
    CROSS JOIN LATERAL monitor.board(here.crossed_at, false, $2) b
    WHERE b.patient_id = here.patient_id AND b.case_number = here.case_number AND b.idle_since IS NOT NULL
      AND here.crossed_at > $3 AND here.crossed_at <= $1 AND b.conflict IS NULL
    ORDER BY b.idle_since, b.patient_id COLLATE \"C\", b.case_number COLLATE \"C\"";

/// Two departments have thresholds of their own.
pub(crate) async fn set_thresholds(pool: &PgPool) -> sqlx::Result<()> {
    let set = "INSERT INTO app.threshold (department, hours, set_by, set_at) VALUES ('Cardiology', 12, 'test', now()), ('Surgery', 30, 'test', now())";
    sqlx::query(set).execute(pool).await.map(drop)
}

/// At this moment, by the thresholds that are set or by one that is asked for, the board lists what the rule does.
pub(crate) async fn agrees(dice: &mut StdRng, pool: &PgPool, served: &Dashboard, at: Instant) -> anyhow::Result<()> {
    let hours: Option<i32> = [None, Some(0), Some(24), Some(48)].into_iter().choose(dice).flatten();
    let expected: Vec<String> = sqlx::query_scalar(LISTED).bind(at).bind(hours).fetch_all(pool).await?;
    let board = ask(served, at, hours, "").await?;
    same(&expected, &lines(&board)?, &format!("at {at}, hours {hours:?}"))?;
    for state in ["overdue", "chase", "unknown"] {
        let count = expected.iter().filter(|line| line.split('|').nth(2) == Some(state)).count();
        anyhow::ensure!(board["counts"][state] == count, "{state} at {at}, hours {hours:?}: {}", board["counts"]);
    }
    Ok(())
}

/// What was read at one moment is judged rightly at a later one, as long as nothing more is ordered or performed.
pub(crate) async fn foresees(dice: &mut StdRng, pool: &PgPool, served: &Dashboard) -> anyhow::Result<()> {
    let settled =
        "SELECT greatest(max(settled_at) FILTER (WHERE isfinite(settled_at)), min(admitted_at)) FROM monitor.stay";
    let Some(settled): Option<Instant> = sqlx::query_scalar(settled).fetch_one(pool).await? else { return Ok(()) };
    for _ in 0..4 {
        let (at, ahead) = (settled + Duration::minutes(dice.random_range(0..4_000)), dice.random_range(1..=168));
        let hours: Option<i32> = [None, Some(24), Some(48), Some(96)].into_iter().choose(dice).flatten();
        let then = at + Duration::hours(ahead);
        let expected = sqlx::query_scalar(COMING).bind(then).bind(hours).bind(at);
        let expected: Vec<String> = expected.fetch_all(pool).await?;
        let board = ask(served, at, hours, &format!("&due={ahead}")).await?;
        same(&expected, &lines(&board)?, &format!("at {at}, {ahead} hours ahead, hours {hours:?}"))?;
    }
    Ok(())
}

async fn ask(served: &Dashboard, at: Instant, hours: Option<i32>, more: &str) -> anyhow::Result<Value> {
    let hours = hours.map(|hours| format!("&hours={hours}")).unwrap_or_default();
    let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let (status, board) = served.json(&format!("/api/v1/board?as_of={at}&per_page=500{hours}{more}")).await?;
    anyhow::ensure!(status == 200, "{status}: {board}");
    Ok(board)
}

fn lines(board: &Value) -> anyhow::Result<Vec<String>> {
    let stays = board["stays"].as_array().context("stays")?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |stay: &Value| {
        let id = |name: &str| stay[name].as_str().unwrap_or("-").to_owned();
        let reasons: Vec<String> = stay["reasons"].as_array().into_iter().flatten().map(text).collect();
        let is_long_open = if stay["long_open"] == true { "t" } else { "f" };
        let threshold = text(&stay["threshold_hours"]);
        [id("patient_id"), id("case_number"), text(&stay["state"]), is_long_open.into(), threshold, reasons.join(",")]
            .join("|")
    };
    Ok(stays.iter().map(line).collect())
}

fn same(expected: &[String], told: &[String], when: &str) -> anyhow::Result<()> {
    anyhow::ensure!(expected == told, "{when}\n{}\nas told: {told:?}", delivery::compare(expected, told));
    Ok(())
}

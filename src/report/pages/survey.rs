use std::collections::{BTreeMap, BTreeSet};

use super::{Book, charts, hidden};
use crate::Result;
use crate::chart::{Bar, BarChart, ChartSpec, Point, Unit};
use crate::domain::{Estimate, Lang, Text, format_percent};
use crate::kpi::{CATALOGUE, position};
use crate::publish::{Staging, safe_file_name};
use crate::report::view::{Fact, Figure, Sign, Statement, SurveyPage, SurveyRow};
use crate::stats::Refusal;
use crate::story;
use crate::survey::{self, Base, SurveyResult};

/// Of the results that have no value for one reason, so many are named.
const NAMED: usize = 3;

/// The barriers that one survey names for one service, the most frequent first.
type Group<'a> = Vec<&'a SurveyResult>;

/// The results of the last wave of each survey; a public release has no respondents to take it from.
fn last_waves<'a>(book: &Book<'a>) -> Vec<&'a SurveyResult> {
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for s in &book.r.surveys {
        let wave = last.entry(&s.survey).or_insert(&s.wave);
        if survey::natural_order(wave, &s.wave).is_lt() {
            *wave = &s.wave;
        }
    }
    book.r.surveys.iter().filter(|s| last.get(s.survey.as_str()) == Some(&s.wave.as_str())).collect()
}

pub(super) fn page(book: &Book<'_>, stage: &Staging) -> Result<SurveyPage> {
    let shown = last_waves(book);
    let names = Names::of(book, &shown);
    let rows = |wanted: &dyn Fn(&SurveyResult) -> bool| -> Vec<SurveyRow> {
        shown.iter().filter(|s| wanted(s)).map(|s| names.row(s)).collect()
    };
    let groups = groups(&shown);
    let mut charts = Vec::new();
    for (group, file) in groups.iter().zip(file_names(&groups, |s| names.key(s))) {
        let all_hidden = group.iter().all(|s| hidden(Some(&s.estimate)));
        let spec = (!all_hidden).then(|| barrier_chart(&names, group, &file));
        charts.extend(book.draw(spec.as_ref(), Some((stage, &file)))?);
    }
    let mut summary: Vec<Statement> =
        shown.iter().filter(|s| s.kpi == "usage_gap").filter_map(|s| names.gap(s)).collect();
    summary.extend(names.refusals(&shown));
    summary.extend(names.withheld(&shown));
    Ok(SurveyPage {
        facts: facts(book, &shown),
        summary,
        tiles: Vec::new(),
        measures: rows(&|s| matches!(s.kpi, "need" | "awareness" | "usage")),
        gap: rows(&|s| s.kpi.starts_with("usage_gap")),
        barriers: groups.iter().flatten().map(|s| names.row(s)).collect(),
        charts,
        notes: notes(book, &shown),
    })
}

fn facts(book: &Book<'_>, shown: &[&SurveyResult]) -> Vec<Fact> {
    let mut out = Vec::new();
    for survey in &book.r.records.surveys {
        let Some(first) = shown.iter().find(|s| s.survey == survey.source) else { continue };
        let wave = first.wave.as_str();
        let n = survey.respondents.iter().filter(|r| r.wave == wave).count();
        let mut fact = |label: &str, value: String| out.push(Fact { label: label.to_owned(), value });
        fact(book.say("Befragung", "Survey"), survey.source.clone());
        if !wave.is_empty() {
            fact(book.say("Welle", "Wave"), wave.to_owned());
        }
        if n > 0 {
            fact(book.say("Befragte", "Respondents"), book.count(n));
        }
        fact(book.say("Gewichtung", "Weighting"), weighting(first.weighted, book.lang).to_owned());
    }
    out
}

fn weighting(weighted: bool, lang: Lang) -> &'static str {
    if weighted { Text::new("gewichtet", "weighted") } else { Text::new("ungewichtet", "unweighted") }.get(lang)
}

fn notes(book: &Book<'_>, shown: &[&SurveyResult]) -> Vec<String> {
    let has = |test: &dyn Fn(&SurveyResult) -> bool| shown.iter().any(|s| test(s));
    let surveys: BTreeMap<&str, bool> = shown.iter().map(|s| (s.survey.as_str(), s.weighted)).collect();
    let mut out = weighting_notes(&surveys, book.lang);
    let mut note = |de, en| out.push(book.say(de, en).to_owned());
    note(
        "Die Spanne (95 %) zeigt den Stichprobenfehler, nicht die Verzerrung durch Menschen, die nicht geantwortet haben.",
        "The interval (95%) shows the sampling error, not the bias from people who did not answer.",
    );
    if has(&|s| s.kpi == "usage_gap") {
        note(
            "Die digitale Nutzungslücke ist der Anteil der Menschen mit Bedarf, die ihr Anliegen nicht online erledigt haben.",
            "The digital usage gap is the share of people with a need who did not handle their matter online.",
        );
    }
    if has(&|s| s.kpi == "usage" && s.base == Base::Everyone) {
        note(
            "Ohne Frage nach dem Bedarf gibt es keine Nutzungslücke: Wer nicht online war, hatte vielleicht keinen Anlass.",
            "Without a question about the need there is no usage gap: people who were not online may have had no reason to be.",
        );
    }
    if has(&|s| s.kpi == "usage_gap.not_offered" && s.service.is_some()) {
        let status = book.r.periods.current.end().long(book.lang);
        out.push(match book.lang {
            Lang::De => format!("„Hier nicht angeboten“ richtet sich nach dem Angebot am Wohnort, Stand {status}."),
            Lang::En => {
                format!("“Not offered here” goes by what was online at the place of residence, as of {status}.")
            }
        });
    }
    out
}

/// Whether the shares are weighted: one sentence if it is the same for all surveys, else one each.
fn weighting_notes(surveys: &BTreeMap<&str, bool>, lang: Lang) -> Vec<String> {
    let sentence = |weighted: bool| {
        let text = if weighted {
            Text::new("Die Anteile sind gewichtet.", "The shares are weighted.")
        } else {
            Text::new(
                "Die Anteile sind ungewichtet; die Befragten sind nicht auf die Bevölkerung hochgerechnet.",
                "The shares are unweighted; the respondents are not projected to the population.",
            )
        };
        text.get(lang)
    };
    let kinds: BTreeSet<bool> = surveys.values().copied().collect();
    if kinds.len() < 2 {
        return kinds.into_iter().map(|weighted| sentence(weighted).to_owned()).collect();
    }
    surveys.iter().map(|(survey, weighted)| format!("{}: {}", quoted(survey, lang), sentence(*weighted))).collect()
}

/// `Befragung „name“`.
fn quoted(survey: &str, lang: Lang) -> String {
    match lang {
        Lang::De => format!("Befragung „{survey}“"),
        Lang::En => format!("Survey “{survey}”"),
    }
}

/// The barriers by survey and service, each group with the largest share first.
fn groups<'a>(shown: &[&'a SurveyResult]) -> Vec<Group<'a>> {
    let mut by: BTreeMap<(&str, Option<u32>), Group<'a>> = BTreeMap::new();
    for &s in shown.iter().filter(|s| s.kpi == "barriers") {
        by.entry((&s.survey, s.service)).or_default().push(s);
    }
    let size = |s: &SurveyResult| s.estimate.value.unwrap_or(-1.0);
    let mut out: Vec<Group<'a>> = by.into_values().collect();
    out.iter_mut().for_each(|group| group.sort_by(|a, b| size(b).total_cmp(&size(a))));
    out
}

/// `barriers-<survey>-<service>` for each group, with a number behind it where two would be the same.
fn file_names(groups: &[Group<'_>], key: impl Fn(&SurveyResult) -> String) -> Vec<String> {
    let mut used = BTreeSet::new();
    let mut out = Vec::new();
    for s in groups.iter().filter_map(|group| group.first()) {
        let name = safe_file_name(&format!("barriers-{}-{}", s.survey, key(s)));
        let mut free = name.clone();
        for number in 2.. {
            if used.insert(free.clone()) {
                break;
            }
            free = format!("{name}-{number}");
        }
        out.push(free);
    }
    out
}

/// The barrier of which it can be said that it is named most often: its interval lies above all others.
fn most_named<'a>(group: &Group<'a>) -> Option<&'a SurveyResult> {
    let (first, others) = group.split_first()?;
    let (lower, _) = first.estimate.interval()?;
    let above = |s: &&SurveyResult| s.estimate.interval().is_some_and(|(_, upper)| upper < lower);
    (!others.is_empty() && others.iter().all(above)).then_some(*first)
}

/// What the rows, charts and sentences of this page call things.
struct Names<'b, 'a> {
    book: &'b Book<'a>,
    /// The page shows more than one survey.
    surveys: bool,
    /// The page shows the barriers of more than one survey or service.
    barriers: bool,
}

impl<'b, 'a> Names<'b, 'a> {
    fn of(book: &'b Book<'a>, shown: &[&SurveyResult]) -> Self {
        let surveys: BTreeSet<&str> = shown.iter().map(|s| s.survey.as_str()).collect();
        Self { book, surveys: surveys.len() > 1, barriers: groups(shown).len() > 1 }
    }

    /// The service, behind the survey where there are several.
    fn subject(&self, s: &SurveyResult) -> String {
        let service = s.service.map_or_else(
            || self.book.say("Online-Dienste allgemein", "Online services in general"),
            |id| self.book.service_name(id),
        );
        if self.surveys { format!("{}, {service}", s.survey) } else { service.to_owned() }
    }

    fn key(&self, s: &SurveyResult) -> String {
        s.service.map_or_else(|| "general".to_owned(), |id| self.book.r.records.catalogue.service(id).key.clone())
    }

    fn label(&self, s: &SurveyResult) -> String {
        let lang = self.book.lang;
        if s.kpi != "barriers" {
            return format!("{}: {}", self.subject(s), measure(s, lang));
        }
        let barrier = barrier_name(&s.answer, lang);
        if self.barriers { format!("{}: {barrier}", self.subject(s)) } else { barrier.to_owned() }
    }

    fn row(&self, s: &SurveyResult) -> SurveyRow {
        SurveyRow {
            label: self.label(s),
            base: base(s, self.book.lang).to_owned(),
            share: figure(s, self.book.lang),
            n: self.n(&s.estimate),
        }
    }

    fn n(&self, e: &Estimate) -> String {
        if hidden(Some(e)) {
            return Sign::Suppressed.text().to_owned();
        }
        self.book.count(usize::try_from(e.n).unwrap_or(usize::MAX))
    }

    fn gap(&self, s: &SurveyResult) -> Option<Statement> {
        gap_sentence(s, &self.subject(s), &self.n(&s.estimate), self.book.lang).map(Statement::new)
    }

    /// How many shares are hidden.
    fn withheld(&self, shown: &[&SurveyResult]) -> Option<Statement> {
        let n = shown.iter().filter(|s| hidden(Some(&s.estimate))).count();
        let all = shown.len();
        (n > 0).then(|| {
            Statement::new(match (self.book.lang, n) {
                (Lang::De, 1) => format!("Von {all} Anteilen aus Befragungen ist einer gesperrt."),
                (Lang::De, n) => format!("Von {all} Anteilen aus Befragungen sind {n} gesperrt."),
                (Lang::En, n) => format!("Of {all} survey shares, {n} are hidden."),
            })
        })
    }

    /// Why values are missing: one statement for each survey and reason.
    fn refusals(&self, shown: &[&SurveyResult]) -> Vec<Statement> {
        let lang = self.book.lang;
        let mut by: BTreeMap<(&str, String), Vec<&SurveyResult>> = BTreeMap::new();
        for &s in shown {
            if let Some(refusal) = s.refusal.filter(|_| !hidden(Some(&s.estimate))) {
                by.entry((&s.survey, reason(&refusal, s.stratum.as_deref(), lang))).or_default().push(s);
            }
        }
        let statement = |((survey, reason), refused): ((&str, String), Vec<&SurveyResult>)| {
            let labels: Vec<String> = refused.iter().map(|s| self.label(s)).collect();
            let all = shown.iter().filter(|s| s.survey == survey).count();
            let mut out = Statement::new(refusal_sentence(survey, &labels, all, &reason, lang));
            if refused.iter().any(|s| matches!(s.refusal, Some(Refusal::SinglePsu { .. }))) {
                let advice = self.book.say(
                    "Solche Schichten vor dem Einlesen mit einer ähnlichen zusammenlegen.",
                    "Merge such a stratum with a similar one before the data are read.",
                );
                out.note = Some(advice.to_owned());
            }
            out
        };
        by.into_iter().map(statement).collect()
    }
}

/// The key figure in words that fit the respondents it is taken among.
fn measure(s: &SurveyResult, lang: Lang) -> &'static str {
    if s.kpi == "usage" && s.base == Base::Everyone {
        return Text::new("Onlinenutzung", "Online use").get(lang);
    }
    position(s.kpi).map_or("", |at| CATALOGUE[at].name.get(lang))
}

/// Among whom.
fn base(s: &SurveyResult, lang: Lang) -> &'static str {
    match s.base {
        _ if s.kpi == "barriers" => position(s.kpi).map_or("", |at| CATALOGUE[at].denominator.get(lang)),
        Base::Need => Text::new("Befragte mit Bedarf", "respondents with a need").get(lang),
        Base::Everyone => {
            Text::new("alle Befragten mit gültiger Antwort", "all respondents with a valid answer").get(lang)
        }
    }
}

fn figure(s: &SurveyResult, lang: Lang) -> Figure {
    let Some(value) = s.estimate.value else {
        return Figure::sign(match s.refusal {
            _ if hidden(Some(&s.estimate)) => Sign::Suppressed,
            Some(Refusal::ZeroDenominator) => Sign::NotApplicable,
            _ => Sign::Uncertain,
        });
    };
    let figure = Figure::new(format_percent(value, 1, lang));
    match s.estimate.interval() {
        Some((lower, upper)) => figure.interval(story::interval_share(lower, upper, lang)),
        None => figure,
    }
}

fn gap_sentence(s: &SurveyResult, subject: &str, n: &str, lang: Lang) -> Option<String> {
    let value = format_percent(s.estimate.value?, 1, lang);
    let (lower, upper) = s.estimate.interval()?;
    let span = story::interval_share(lower, upper, lang);
    let what = match s.service {
        Some(_) => Text::new("die Leistung nicht online genutzt", "did not use the service online"),
        None => Text::new("ihr Anliegen nicht online erledigt", "did not handle their matter online"),
    }
    .get(lang);
    Some(match lang {
        Lang::De => {
            format!(
                "{subject}: {value} der Befragten mit Bedarf haben {what} (95-%-Spanne: {span}; Befragte mit Bedarf: {n})."
            )
        }
        Lang::En => {
            format!(
                "{subject}: {value} of respondents with a need {what} (95% interval: {span}; respondents with a need: {n})."
            )
        }
    })
}

/// Why there is no value, as an insertion.
fn reason(refusal: &Refusal, stratum: Option<&str>, lang: Lang) -> String {
    let text = match (refusal, stratum) {
        (Refusal::SinglePsu { .. }, Some(stratum)) if !stratum.is_empty() => {
            return match lang {
                Lang::De => format!(
                    "Die Schicht „{stratum}“ hat nur eine Auswahleinheit (befragte Person oder ausgewähltes Gebiet), daher lässt sich der Stichprobenfehler nicht schätzen"
                ),
                Lang::En => format!(
                    "stratum “{stratum}” has a single sampling unit (a respondent or a sampled area), so the sampling error cannot be estimated"
                ),
            };
        }
        (Refusal::SinglePsu { .. }, _) => Text::new(
            "Die Befragten ohne Schicht bilden nur eine Auswahleinheit (befragte Person oder ausgewähltes Gebiet), daher lässt sich der Stichprobenfehler nicht schätzen",
            "the respondents without a stratum form a single sampling unit (a respondent or a sampled area), so the sampling error cannot be estimated",
        ),
        (Refusal::FewClusters { .. }, _) => Text::new(
            "Zu wenige Auswahleinheiten haben Befragte in dieser Gruppe, daher lässt sich der Stichprobenfehler nicht schätzen",
            "too few sampling units have respondents in this group, so the sampling error cannot be estimated",
        ),
        (Refusal::NoVariation, _) => Text::new(
            "Die Auswahleinheiten unterscheiden sich nicht, daher lässt sich der Stichprobenfehler nicht schätzen",
            "the sampling units do not differ, so the sampling error cannot be estimated",
        ),
        (Refusal::ZeroDenominator | Refusal::EmptyInput, _) => Text::new(
            "Niemand unter den Befragten gehört zu der Gruppe, auf die sich der Anteil bezieht",
            "no respondent belongs to the group that the share is taken among",
        ),
        (Refusal::NonFinite, _) => Text::new(
            "Die Gewichte sind zu groß oder zu ungleich, um damit zu rechnen",
            "the weights are too large or too unequal to compute with",
        ),
        _ => match lang {
            Lang::De => return format!("Das Verfahren lehnt die Angaben ab ({refusal})"),
            Lang::En => return refusal.to_string(),
        },
    };
    text.get(lang).to_owned()
}

/// `refused` of the `all` results of a survey have no value for one reason.
fn refusal_sentence(survey: &str, refused: &[String], all: usize, reason: &str, lang: Lang) -> String {
    let n = refused.len();
    let mut names = refused.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    if n > NAMED {
        names.push_str("; …");
    }
    let survey = quoted(survey, lang);
    match lang {
        Lang::De if n == all => format!("{survey}: Kein Anteil lässt sich angeben. {reason}."),
        Lang::De if n == 1 => format!("{survey}: Ein Anteil lässt sich nicht angeben ({names}). {reason}."),
        Lang::De => format!("{survey}: {n} von {all} Anteilen lassen sich nicht angeben ({names}). {reason}."),
        Lang::En if n == all => format!("{survey}: no share can be given: {reason}."),
        Lang::En if n == 1 => format!("{survey}: one share cannot be given ({names}): {reason}."),
        Lang::En => format!("{survey}: {n} of {all} shares cannot be given ({names}): {reason}."),
    }
}

fn barrier_name(code: &str, lang: Lang) -> &str {
    match code {
        "habit" => Text::new("Gewohnheit", "habit"),
        "not_known" => Text::new("Angebot nicht bekannt", "did not know of it"),
        "distrust" => Text::new("Misstrauen", "distrust"),
        "overload" => Text::new("Überforderung", "too difficult"),
        "bad_experience" => Text::new("Schlechte Erfahrung", "bad experience"),
        _ => return code,
    }
    .get(lang)
}

/// Names a first only where its interval lies above all others.
fn barrier_headline(subject: &str, group: &Group<'_>, lang: Lang) -> String {
    let most = most_named(group).and_then(|s| Some((s, format_percent(s.estimate.value?, 1, lang))));
    match (most, lang) {
        (Some((s, share)), Lang::De) => {
            format!("{subject}: Am häufigsten genannte Hürde ist „{}“ ({share})", barrier_name(&s.answer, lang))
        }
        (Some((s, share)), Lang::En) => {
            format!("{subject}: the barrier named most often is “{}” ({share})", barrier_name(&s.answer, lang))
        }
        (None, Lang::De) => format!("{subject}: Genannte Hürden"),
        (None, Lang::En) => format!("{subject}: barriers named"),
    }
}

fn barrier_chart(names: &Names<'_, '_>, group: &Group<'_>, id: &str) -> ChartSpec {
    let lang = names.book.lang;
    let bars: Vec<Bar> = group
        .iter()
        .map(|s| Bar {
            label: barrier_name(&s.answer, lang).to_owned(),
            point: match (s.estimate.value, s.estimate.interval()) {
                (Some(v), Some((lower, upper))) => Point::interval(v, lower, upper),
                (Some(v), None) => Point::value(v),
                (None, _) if hidden(Some(&s.estimate)) => charts::hidden_point(),
                (None, _) => Point::absent(),
            },
            own: false,
        })
        .collect();
    let first = group.iter().find(|s| !hidden(Some(&s.estimate))).or(group.first());
    let subject = first.map(|s| names.subject(s)).unwrap_or_default();
    let survey = first.map(|s| quoted(&s.survey, lang)).unwrap_or_default();
    let n = first.map(|s| names.n(&s.estimate)).unwrap_or_default();
    let weighted = weighting(first.is_some_and(|s| s.weighted), lang);
    let subtitle = match lang {
        Lang::De => format!(
            "{subject}: Anteil an den Befragten, die eine Hürde nennen ({n}), {weighted}, mit 95-%-Spanne; überdecken sich Spannen, ist die Reihenfolge unsicher"
        ),
        Lang::En => format!(
            "{subject}: share of the respondents who name a barrier ({n}), {weighted}, with 95% interval; where intervals overlap the order is uncertain"
        ),
    };
    let mut header = names.book.chart_header(id, barrier_headline(&subject, group, lang), subtitle);
    header.source = match lang {
        Lang::De => format!("Quelle: {survey}; eigene Berechnung"),
        Lang::En => format!("Source: {survey}; own calculation"),
    };
    ChartSpec::Bars(BarChart {
        header,
        lang,
        unit: Unit::Share { decimals: 1 },
        row_label: Text::new("Hürde", "Barrier").get(lang).to_owned(),
        bars,
        interval: Text::new("95-%-Spanne", "95% interval").get(lang).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EstimateState;

    fn result(kpi: &'static str, answer: &str, share: Option<(f64, f64, f64)>) -> SurveyResult {
        let mut estimate = Estimate::absent(EstimateState::Refused);
        if let Some((value, lower, upper)) = share {
            estimate.state = EstimateState::Computed;
            (estimate.value, estimate.lower, estimate.upper) = (Some(value), Some(lower), Some(upper));
        }
        SurveyResult {
            survey: "bef".into(),
            wave: "1".into(),
            kpi,
            service: None,
            answer: answer.into(),
            base: Base::Need,
            weighted: false,
            agreeing: 0,
            estimate,
            refusal: None,
            stratum: None,
        }
    }

    #[test]
    fn shares_name_the_respondents_they_are_taken_among() {
        let everyone = SurveyResult { base: Base::Everyone, ..result("usage", "", None) };
        assert_eq!(base(&everyone, Lang::De), "alle Befragten mit gültiger Antwort");
        assert_eq!(base(&everyone, Lang::En), "all respondents with a valid answer");
        assert_eq!(measure(&everyone, Lang::De), "Onlinenutzung");
        let need = result("usage", "", None);
        assert_eq!(
            (base(&need, Lang::De), measure(&need, Lang::De)),
            ("Befragte mit Bedarf", "Onlinenutzung bei Bedarf")
        );
        assert_eq!(base(&result("barriers", "habit", None), Lang::De), "Befragte, die eine Hürde nennen");
    }

    #[test]
    fn unweighted_surveys_are_not_called_weighted() {
        let unweighted = "Die Anteile sind ungewichtet; die Befragten sind nicht auf die Bevölkerung hochgerechnet.";
        assert_eq!(weighting_notes(&BTreeMap::from([("a", false), ("b", false)]), Lang::De), [unweighted]);
        assert_eq!(weighting_notes(&BTreeMap::from([("a", true)]), Lang::En), ["The shares are weighted."]);
        assert_eq!(
            weighting_notes(&BTreeMap::from([("a", false), ("b", true)]), Lang::De),
            [format!("Befragung „a“: {unweighted}"), "Befragung „b“: Die Anteile sind gewichtet.".to_owned()]
        );
    }

    #[test]
    fn online_services_in_general_are_no_single_service() {
        let mut gap = result("usage_gap", "", Some((0.25, 0.2, 0.31)));
        assert_eq!(
            gap_sentence(&gap, "Online-Dienste allgemein", "120", Lang::De).unwrap(),
            "Online-Dienste allgemein: 25,0\u{a0}% der Befragten mit Bedarf haben ihr Anliegen nicht online erledigt (95-%-Spanne: 20,0 bis 31,0\u{a0}%; Befragte mit Bedarf: 120)."
        );
        gap.service = Some(0);
        assert!(
            gap_sentence(&gap, "Wohnsitz", "120", Lang::De)
                .unwrap()
                .contains("haben die Leistung nicht online genutzt")
        );
        assert!(gap_sentence(&gap, "Residence", "120", Lang::En).unwrap().contains("did not use the service online"));
    }

    #[test]
    fn barriers_are_grouped_by_survey_and_service_and_every_file_has_its_own_name() {
        let at = |survey: &str, service, answer, value| SurveyResult {
            survey: survey.into(),
            service,
            ..result("barriers", answer, Some((value, value - 0.1, value + 0.1)))
        };
        let all = [
            at("Bürger", Some(1), "habit", 0.3),
            at("Bürger", Some(1), "distrust", 0.7),
            at("Bürger", None, "habit", 0.4),
            at("Bürger", Some(2), "habit", 0.5),
            at("b", Some(1), "habit", 0.6),
        ];
        let groups = groups(&all.iter().collect::<Vec<_>>());
        let sizes: Vec<_> = groups.iter().map(|g| (g[0].survey.as_str(), g[0].service, g.len())).collect();
        assert_eq!(sizes, [("Bürger", None, 1), ("Bürger", Some(1), 2), ("Bürger", Some(2), 1), ("b", Some(1), 1)]);
        assert_eq!(groups[1][0].answer, "distrust");
        let key = |s: &SurveyResult| s.service.map_or("general", |id| if id == 1 { "L/1" } else { "L 1" }).to_owned();
        assert_eq!(
            file_names(&groups, key),
            ["barriers-buerger-general", "barriers-buerger-l-1", "barriers-buerger-l-1-2", "barriers-b-l-1"]
        );
    }

    #[test]
    fn a_most_frequent_barrier_needs_an_interval_above_all_others() {
        let first = result("barriers", "habit", Some((0.6, 0.5, 0.7)));
        let apart = result("barriers", "distrust", Some((0.3, 0.2, 0.4)));
        let close = result("barriers", "overload", Some((0.45, 0.35, 0.55)));
        let unknown = result("barriers", "overload", None);
        assert_eq!(
            barrier_headline("Wohnsitz", &vec![&first, &apart], Lang::De),
            "Wohnsitz: Am häufigsten genannte Hürde ist „Gewohnheit“ (60,0\u{a0}%)"
        );
        for group in [vec![&first, &close, &apart], vec![&first, &apart, &unknown], vec![&first]] {
            assert_eq!(barrier_headline("Wohnsitz", &group, Lang::De), "Wohnsitz: Genannte Hürden");
        }
    }

    #[test]
    fn a_missing_value_has_a_reason() {
        let single = Refusal::SinglePsu { stratum: 1 };
        let why = reason(&single, Some("Land"), Lang::De);
        assert!(why.starts_with("Die Schicht „Land“ hat nur eine Auswahleinheit"), "{why}");
        assert!(reason(&single, Some(""), Lang::En).starts_with("the respondents without a stratum"));
        let labels: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(
            refusal_sentence("bef", &labels, 4, "Warum", Lang::De),
            "Befragung „bef“: Kein Anteil lässt sich angeben. Warum."
        );
        assert_eq!(
            refusal_sentence("bef", &labels, 9, "Warum", Lang::De),
            "Befragung „bef“: 4 von 9 Anteilen lassen sich nicht angeben (a; b; c; …). Warum."
        );
        assert_eq!(
            refusal_sentence("bef", &labels[..1], 9, "why", Lang::En),
            "Survey “bef”: one share cannot be given (a): why."
        );
        let nobody = SurveyResult { refusal: Some(Refusal::ZeroDenominator), ..result("usage", "", None) };
        assert_eq!(figure(&nobody, Lang::De), Figure::sign(Sign::NotApplicable));
        let refused = SurveyResult { refusal: Some(single), ..result("usage", "", None) };
        assert_eq!(figure(&refused, Lang::De), Figure::sign(Sign::Uncertain));
        let estimate = Estimate::absent(EstimateState::Suppressed);
        let withheld = SurveyResult { estimate, ..result("usage", "", None) };
        assert_eq!(figure(&withheld, Lang::De), Figure::sign(Sign::Suppressed));
    }
}

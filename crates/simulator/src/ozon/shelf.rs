//! Things in the order of their last movement: those kept whole, and the archive behind them.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use super::{archive::Archive, ids::MessageId};

/// What a shelf can hold.
pub(crate) trait Shelved: Clone {
    /// Where it stands in lists; unlike ids of messages it always has nineteen digits.
    fn rank(&self) -> MessageId;
    /// Thing number so and so of an archive.
    fn made(archive: &Archive, number: usize) -> Option<Self>;
}

#[derive(Debug)]
pub(crate) struct Shelf<T> {
    kept: HashMap<String, T>,
    order: BTreeMap<MessageId, String>,
    archive: Archive,
    /// Numbers of the archive that are kept whole by now.
    taken: HashSet<usize>,
}

impl<T: Shelved> Shelf<T> {
    pub(crate) fn new(archive: Archive) -> Self {
        Self { kept: HashMap::new(), order: BTreeMap::new(), archive, taken: HashSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len() + self.archive.count - self.taken.len()
    }

    pub(crate) fn archive(&self) -> &Archive {
        &self.archive
    }

    pub(crate) fn put(&mut self, id: String, thing: T) {
        self.order.insert(thing.rank(), id.clone());
        self.kept.insert(id, thing);
    }

    pub(crate) fn get(&self, id: &str) -> Option<Cow<'_, T>> {
        match self.kept.get(id) {
            Some(thing) => Some(Cow::Borrowed(thing)),
            None => T::made(&self.archive, self.archive.number(id)?).map(Cow::Owned),
        }
    }

    /// Changes a thing, and its place if the change moved it.
    pub(crate) fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        if !self.kept.contains_key(id) {
            let number = self.archive.number(id)?;
            let thing = T::made(&self.archive, number)?;
            self.taken.insert(number);
            self.put(id.to_owned(), thing);
        }
        let thing = self.kept.get_mut(id)?;
        let before = thing.rank();
        let result = change(thing);
        if thing.rank() != before {
            self.order.remove(&before);
            self.order.insert(thing.rank(), id.to_owned());
        }
        Some(result)
    }

    /// Id of the first thing kept whole that fits, oldest first; the archive is not searched.
    pub(crate) fn find_kept(&self, fits: impl Fn(&T) -> bool) -> Option<&str> {
        self.order.values().find(|id| self.kept.get(*id).is_some_and(&fits)).map(String::as_str)
    }

    /// Everything kept whole, in no order.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &T> {
        self.kept.values()
    }

    /// Numbers of the archive that nothing has changed.
    pub(crate) fn untouched(&self) -> impl Iterator<Item = usize> {
        (0..self.archive.count).filter(|number| !self.taken.contains(number))
    }

    /// Everything that comes after `start`, or all; of the archive only what `old` lets through is made.
    pub(crate) fn in_order<'a>(
        &'a self,
        newest_first: bool,
        start: Option<MessageId>,
        old: impl Fn(usize) -> bool + 'a,
    ) -> Box<dyn Iterator<Item = (Cow<'a, str>, Cow<'a, T>)> + 'a> {
        if newest_first {
            Box::new(self.newest_first(start.unwrap_or(MessageId::MAX), old))
        } else {
            Box::new(self.oldest_first(start.unwrap_or(0), old))
        }
    }

    /// Newest first, from below `before`; of the archive only what `old` lets through is made.
    pub(crate) fn newest_first<'a>(
        &'a self,
        before: MessageId,
        old: impl Fn(usize) -> bool + 'a,
    ) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, T>)> {
        let kept = self.order.range(..before).rev().filter_map(|(_, id)| self.kept.get_key_value(id));
        let numbers = self.archive.newer(before)..self.archive.count;
        merged(kept, self.archived(numbers, old), |kept, archived| kept > archived)
    }

    fn oldest_first<'a>(
        &'a self,
        above: MessageId,
        old: impl Fn(usize) -> bool + 'a,
    ) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, T>)> {
        let kept = self.order.range(above + 1..).filter_map(|(_, id)| self.kept.get_key_value(id));
        let numbers = (0..self.archive.newer(above + 1)).rev();
        merged(kept, self.archived(numbers, old), |kept, archived| kept < archived)
    }

    fn archived<'a>(
        &'a self,
        numbers: impl Iterator<Item = usize> + 'a,
        old: impl Fn(usize) -> bool + 'a,
    ) -> impl Iterator<Item = (String, T)> + 'a {
        numbers
            .filter(move |number| old(*number) && !self.taken.contains(number))
            .filter_map(|number| Some((self.archive.id(number).to_string(), T::made(&self.archive, number)?)))
    }
}

/// Two ordered sequences as one; `first` says whether a rank of the left one comes before a rank of the right one.
fn merged<'a, T: Shelved + 'a>(
    kept: impl Iterator<Item = (&'a String, &'a T)>,
    archived: impl Iterator<Item = (String, T)>,
    first: impl Fn(MessageId, MessageId) -> bool,
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, T>)> {
    let (mut kept, mut archived) = (kept.peekable(), archived.peekable());
    std::iter::from_fn(move || {
        let from_kept = match (kept.peek(), archived.peek()) {
            (Some((_, left)), Some((_, right))) => first(left.rank(), right.rank()),
            (left, _) => left.is_some(),
        };
        if from_kept {
            kept.next().map(|(id, thing)| (Cow::Borrowed(id.as_str()), Cow::Borrowed(thing)))
        } else {
            archived.next().map(|(id, thing)| (Cow::Owned(id), Cow::Owned(thing)))
        }
    })
}

"""Which function handles which operation of the chatbot app."""

from __future__ import annotations

from parlance.core.chatbot import asking, doors, sets, speech
from parlance.core.chatbot import operations as chatbot
from parlance.core.operation import Handles

AREA: Handles = {
    chatbot.OpenVisit: doors.open_visit,
    chatbot.EnterVisit: doors.enter_visit,
    chatbot.JoinChatbot: doors.join_chatbot,
    chatbot.LeaveVisit: doors.leave_visit,
    chatbot.ProveVisit: doors.prove_visit,
    chatbot.AskChatbot: asking.ask_chatbot,
    chatbot.ResetSet: sets.reset_set,
    chatbot.ListSets: sets.list_sets,
    chatbot.CreateSet: sets.create_set,
    chatbot.DeleteSet: sets.delete_set,
    chatbot.LoadSet: sets.load_set,
    chatbot.KeepMemory: sets.keep_memory,
    chatbot.KeepPrompt: sets.keep_prompt,
    chatbot.DropPair: sets.drop_pair,
    chatbot.SpeakText: speech.speak_text,
}
